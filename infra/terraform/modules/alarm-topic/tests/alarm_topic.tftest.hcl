mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "p-dev"
  aws_region  = "us-east-1"
  kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
}

run "alarms_of_this_project_and_eventbridge_publish_over_tls" {
  assert {
    condition     = aws_sns_topic.this.kms_master_key_id == var.kms_key_arn
    error_message = "the topic must be encrypted"
  }
  assert {
    condition = jsonencode({ for statement in jsondecode(aws_sns_topic_policy.this.policy).Statement : statement.Sid => try(statement.Condition, "none") }) == jsonencode({
      AlarmsPublish = {
        ArnLike      = { "aws:SourceArn" = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:p-dev-*" }
        StringEquals = { "aws:SourceAccount" = "123456789012" }
      }
      EventBridgePublishes = "none"
      TlsOnly              = { Bool = { "aws:SecureTransport" = "false" } }
    })
    error_message = "source conditions for alarms, none for EventBridge"
  }
}

run "an_unencrypted_subscription_is_refused" {
  command = plan
  variables {
    subscriptions = { pager = { protocol = "http", endpoint = "http://pager.example.com" } }
  }
  expect_failures = [var.subscriptions]
}
