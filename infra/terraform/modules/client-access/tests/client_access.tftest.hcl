# What code that sends jobs may do: everything, listed.

mock_provider "aws" {
  source = "../../testing"
}

variables {
  name                = "p-dev"
  aws_region          = "us-east-1"
  stack_parameter_arn = "arn:aws:ssm:us-east-1:123456789012:parameter/p/dev/stack"
  trigger_queue_arn   = "arn:aws:sqs:us-east-1:123456789012:p-dev-main-job-triggers"
  queue_key_arn       = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  job_log_group_names = ["/ecs/p-dev/background-job"]
  job_table = {
    arn         = "arn:aws:dynamodb:us-east-1:123456789012:table/p-dev-jobs"
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }
}

run "with_job_records_each_policy_has_what_its_methods_call" {
  assert {
    condition = { for name, policy in aws_iam_policy.this : policy.name => {
      for one in jsondecode(policy.policy).Statement : one.Sid => [one.Action, one.Resource]
      } } == {
      "p-dev-client-submit" = {
        Stack      = [["ssm:GetParameter"], ["arn:aws:ssm:us-east-1:123456789012:parameter/p/dev/stack"]]
        Triggers   = [["sqs:GetQueueAttributes", "sqs:SendMessage"], ["arn:aws:sqs:us-east-1:123456789012:p-dev-main-job-triggers"]]
        QueueKey   = [["kms:Decrypt", "kms:GenerateDataKey"], ["arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"]]
        Records    = [["dynamodb:PutItem", "dynamodb:Query"], ["arn:aws:dynamodb:us-east-1:123456789012:table/p-dev-jobs"]]
        RecordsKey = [["kms:Decrypt"], ["arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"]]
      }
      "p-dev-client-read" = {
        Stack      = [["ssm:GetParameter"], ["arn:aws:ssm:us-east-1:123456789012:parameter/p/dev/stack"]]
        Records    = [["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"], ["arn:aws:dynamodb:us-east-1:123456789012:table/p-dev-jobs"]]
        Listing    = [["dynamodb:Query"], ["arn:aws:dynamodb:us-east-1:123456789012:table/p-dev-jobs/index/*"]]
        RecordsKey = [["kms:Decrypt"], ["arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"]]
      }
      "p-dev-client-logs" = {
        Stack    = [["ssm:GetParameter"], ["arn:aws:ssm:us-east-1:123456789012:parameter/p/dev/stack"]]
        JobLogs  = [["logs:GetLogEvents"], ["arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev/background-job:log-stream:job-streams/*"]]
        Overflow = [["logs:FilterLogEvents"], ["arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev/background-job:*"]]
      }
    }
    error_message = "least privilege, down to the ARN"
  }
  assert {
    condition = { for one in jsondecode(aws_iam_policy.this["submit"].policy).Statement : one.Sid => one.Condition if can(one.Condition) } == {
      QueueKey   = { StringEquals = { "kms:ViaService" = "sqs.us-east-1.amazonaws.com" } }
      RecordsKey = { StringEquals = { "kms:ViaService" = "dynamodb.us-east-1.amazonaws.com" } }
    }
    error_message = "the key only through the services that it encrypts for"
  }
}

run "without_job_records_and_with_sse_sqs_nothing_of_them_is_left" {
  variables {
    job_table     = null
    queue_key_arn = null
  }
  assert {
    condition = { for name, policy in aws_iam_policy.this : name => [for one in jsondecode(policy.policy).Statement : one.Sid] } == {
      submit = ["Stack", "Triggers"]
      read   = ["Stack"]
      logs   = ["JobLogs", "Overflow", "Stack"]
    }
    error_message = "the policies stay, and say less"
  }
}
