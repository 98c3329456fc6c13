mock_provider "aws" {
  source = "../../testing"
}

variables {
  name              = "p-dev-main-job-triggers"
  aws_region        = "us-east-1"
  lease_seconds     = 60
  max_message_bytes = 262144
  max_receive_count = 10
  kms_key_arn       = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
}

run "by_default" {
  # Each queue names the other.
  assert {
    condition     = jsondecode(aws_sqs_queue.this.redrive_policy).maxReceiveCount == 10
    error_message = "maxReceiveCount must be the variable that the services check"
  }
  assert {
    condition = jsondecode(aws_sqs_queue.dead_letter.redrive_allow_policy) == {
      redrivePermission = "byQueue", sourceQueueArns = ["arn:aws:sqs:us-east-1:123456789012:p-dev-main-job-triggers"]
    }
    error_message = "only this queue may use the dead-letter queue"
  }
  assert {
    condition     = aws_sqs_queue.dead_letter.name == "p-dev-main-job-triggers-dlq" && aws_sqs_queue.dead_letter.message_retention_seconds == 1209600
    error_message = "the dead-letter queue must end in -dlq and keep messages for 14 days"
  }

  # Both queues are encrypted with the key and poll long.
  assert {
    condition = alltrue([for queue in [aws_sqs_queue.this, aws_sqs_queue.dead_letter] :
      queue.kms_master_key_id == var.kms_key_arn && queue.kms_data_key_reuse_period_seconds == 3600 &&
      queue.receive_wait_time_seconds == 20 && queue.visibility_timeout_seconds == 60 && queue.max_message_size == 262144
    ])
    error_message = "key, data key reuse, long poll, lease and message size must be on both queues"
  }

  # Plain HTTP is denied on both.
  assert {
    condition = alltrue([for policy in [aws_sqs_queue.this.policy, aws_sqs_queue.dead_letter.policy] :
      length([for statement in jsondecode(policy).Statement : statement
      if statement.Effect == "Deny" && statement.Action == "sqs:*" && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"]) == 1
    ])
    error_message = "TLS only"
  }

  # No role of the project is named.
  assert {
    condition     = alltrue([for queue in [aws_sqs_queue.this, aws_sqs_queue.dead_letter] : [for statement in jsondecode(queue.policy).Statement : statement.Sid] == ["TlsOnly"]])
    error_message = "a role made seconds before may be refused in a policy; its own policies suffice"
  }
}

run "without_a_key_sqs_encrypts_with_its_own" {
  variables {
    kms_key_arn = null
  }
  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled == true && aws_sqs_queue.dead_letter.sqs_managed_sse_enabled == true
    error_message = "SSE-SQS must be on"
  }
}

run "a_producer_of_a_service_is_bound_to_its_source" {
  variables {
    producers = {
      orders  = { kind = "sns", arn = "arn:aws:sns:us-east-1:123456789012:orders" }
      uploads = { kind = "s3", arn = "arn:aws:s3:::uploads" }
      partner = { kind = "account", arn = "arn:aws:iam::210987654321:root" }
      nightly = { kind = "events", arn = "arn:aws:events:us-east-1:123456789012:rule/nightly" }
    }
  }
  assert {
    condition = { for statement in jsondecode(aws_sqs_queue.this.policy).Statement : statement.Sid => try(statement.Condition, null) if startswith(statement.Sid, "Producer") } == {
      ProducerOrders  = { ArnEquals = { "aws:SourceArn" = "arn:aws:sns:us-east-1:123456789012:orders" } }
      ProducerUploads = { ArnEquals = { "aws:SourceArn" = "arn:aws:s3:::uploads" }, StringEquals = { "aws:SourceAccount" = "123456789012" } }
      ProducerPartner = null
      ProducerNightly = { ArnEquals = { "aws:SourceArn" = "arn:aws:events:us-east-1:123456789012:rule/nightly" } }
    }
    error_message = "a service may send for the one resource only"
  }
  assert {
    condition     = alltrue([for statement in jsondecode(aws_sqs_queue.this.policy).Statement : statement.Action == ["sqs:SendMessage"] if startswith(statement.Sid, "Producer")])
    error_message = "producers send, nothing else"
  }
}

run "wrong_values_are_refused" {
  command = plan
  variables {
    name                       = "p.fifo"
    lease_seconds              = 43201
    poll_wait_seconds          = 21
    max_message_bytes          = 1048577
    max_receive_count          = 0
    retention_seconds          = 1209600
    kms_data_key_reuse_seconds = 59
    producers                  = { all = { kind = "everyone", arn = "arn:aws:iam::*:root" } }
  }
  expect_failures = [
    var.name, var.lease_seconds, var.poll_wait_seconds, var.max_message_bytes, var.max_receive_count,
    var.retention_seconds, var.kms_data_key_reuse_seconds, var.producers,
  ]
}

run "a_topic_is_no_rule" {
  command = plan
  variables {
    producers = { orders = { kind = "events", arn = "arn:aws:sns:us-east-1:123456789012:orders" } }
  }
  expect_failures = [var.producers]
}

run "a_schedule_is_no_rule_it_sends_with_its_role" {
  command = plan
  variables {
    producers = { nightly = { kind = "events", arn = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/nightly" } }
  }
  expect_failures = [var.producers]
}

run "an_access_point_is_no_bucket" {
  command = plan
  variables {
    producers = { uploads = { kind = "s3", arn = "arn:aws:s3:us-east-1:123456789012:accesspoint/uploads" } }
  }
  expect_failures = [var.producers]
}

run "a_user_is_no_role" {
  command = plan
  variables {
    producers = { partner = { kind = "role", arn = "arn:aws:iam::123456789012:user/partner" } }
  }
  expect_failures = [var.producers]
}
