mock_provider "aws" {
  source = "../../testing"
}

variables {
  name            = "p-dev"
  aws_region      = "us-east-1"
  log_group_names = ["/ecs/p-dev", "/ecs/p-dev/main-job"]
}

run "by_default" {
  # The key has exactly the statements needed.
  assert {
    condition     = [for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Sid] == ["AccountAndItsIamPolicies", "LogGroupsOfThisProject", "AlarmsPublish", "EventBridgePublishes"]
    error_message = "owner, logs, alarms, EventBridge"
  }
  assert {
    condition     = aws_kms_key.this.enable_key_rotation == true
    error_message = "rotation on"
  }

  # Logs may use it for these groups only.
  assert {
    condition = jsondecode(aws_kms_key.this.policy).Statement[1].Condition == { ArnEquals = { "kms:EncryptionContext:aws:logs:arn" = [
      "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev", "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev/main-job",
    ] } }
    error_message = "the encryption context must name the groups"
  }

  # Alarms of this project only and EventBridge without condition.
  assert {
    condition = jsondecode(aws_kms_key.this.policy).Statement[2].Condition == {
      StringEquals = { "aws:SourceAccount" = "123456789012" }
      ArnLike      = { "aws:SourceArn" = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:p-dev-*" }
    }
    error_message = "CloudWatch's statement must have its source conditions"
  }
  assert {
    condition     = !contains(keys(jsondecode(aws_kms_key.this.policy).Statement[3]), "Condition")
    error_message = "with a condition, EventBridge's messages are dropped silently"
  }
}

run "producers_get_both_rights" {
  variables {
    producers = {
      orders  = { kind = "sns", arn = "arn:aws:sns:us-east-1:123456789012:orders" }
      partner = { kind = "account", arn = "arn:aws:iam::210987654321:root" }
    }
  }
  assert {
    condition = { for statement in slice(jsondecode(aws_kms_key.this.policy).Statement, 4, 6) : statement.Sid => { who = statement.Principal, what = statement.Action } } == {
      ProducersSend = { who = { AWS = ["arn:aws:iam::210987654321:root"] }, what = ["kms:Decrypt", "kms:GenerateDataKey"] }
      ProducersSNS  = { who = { Service = "sns.amazonaws.com" }, what = ["kms:Decrypt", "kms:GenerateDataKey"] }
    }
    error_message = "a producer without both rights cannot send"
  }
}

run "a_service_that_produces_is_bound_to_its_source" {
  variables {
    producers = {
      orders  = { kind = "sns", arn = "arn:aws:sns:us-east-1:210987654321:orders" }
      uploads = { kind = "s3", arn = "arn:aws:s3:::uploads" }
    }
  }
  assert {
    condition = jsonencode({ for statement in slice(jsondecode(aws_kms_key.this.policy).Statement, 4, 6) : statement.Sid => statement.Condition }) == jsonencode({
      ProducersS3  = { ArnEquals = { "aws:SourceArn" = ["arn:aws:s3:::uploads"] }, StringEquals = { "aws:SourceAccount" = "123456789012" } }
      ProducersSNS = { ArnEquals = { "aws:SourceArn" = ["arn:aws:sns:us-east-1:210987654321:orders"] } }
    })
    error_message = "the one topic, the one bucket of this account"
  }
}

run "wrong_values_are_refused" {
  command = plan
  variables {
    log_group_names      = []
    deletion_window_days = 6
  }
  expect_failures = [var.log_group_names, var.deletion_window_days]
}
