# What the roles may do: everything, listed.

mock_provider "aws" {
  source = "../../testing"
}

variables {
  name             = "p-dev"
  service          = "background-job"
  environment_name = "dev"
  aws_region       = "us-east-1"
  cluster_name     = "p-dev-cluster"
  cluster_arn      = "arn:aws:ecs:us-east-1:123456789012:cluster/p-dev-cluster"
  queue = {
    name              = "p-dev-background-jobs"
    arn               = "arn:aws:sqs:us-east-1:123456789012:p-dev-background-jobs"
    dead_letter_name  = "p-dev-background-jobs-dlq"
    dead_letter_arn   = "arn:aws:sqs:us-east-1:123456789012:p-dev-background-jobs-dlq"
    lease_seconds     = 60
    max_receive_count = 10
  }
  job_logs               = true
  environment            = { BACKGROUND_JOBS_QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/p-dev-background-jobs" }
  kms_key_arn            = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  log_kms_key_arn        = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  ecs_log_group_name     = "/ecs/p-dev"
  metrics_log_group_name = "/ecs/p-dev/metrics"
  metrics_namespace      = "p-dev"
  subnet_ids             = ["subnet-0123456789abcdef0"]
  security_group_ids     = ["sg-0123456789abcdef0"]
  assign_public_ip       = false
  image                  = "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/background-job@sha256:1111111111111111111111111111111111111111111111111111111111111111"
  collector_image        = "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/collector@sha256:2222222222222222222222222222222222222222222222222222222222222222"
  collector_config       = "receivers: {}"
  alarm_topic_arn        = "arn:aws:sns:us-east-1:123456789012:p-dev-alerts"
}

run "the_task_role_has_these_rights_and_no_others" {
  assert {
    condition = jsonencode([for statement in jsondecode(aws_iam_role_policy.task.policy).Statement : [statement.Action, statement.Resource]]) == jsonencode([
      [["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"], ["arn:aws:sqs:us-east-1:123456789012:p-dev-background-jobs"]],
      [["sqs:SendMessage", "sqs:GetQueueAttributes"], ["arn:aws:sqs:us-east-1:123456789012:p-dev-background-jobs-dlq"]],
      [["ecs:UpdateTaskProtection"], ["arn:aws:ecs:us-east-1:123456789012:task/p-dev-cluster/*"]],
      [["xray:PutTraceSegments"], ["*"]],
      [["logs:CreateLogStream", "logs:PutLogEvents"], ["arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev/metrics:log-stream:background-job/*"]],
      [["kms:Decrypt", "kms:GenerateDataKey"], ["arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"]],
      [["logs:CreateLogStream", "logs:PutLogEvents"], [
        "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev/background-job:log-stream:job-streams/*",
        "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev/background-job:log-stream:job-streams-overflow/*",
      ]],
    ])
    error_message = "least privilege, down to the ARN"
  }
}

run "a_sender_may_send_to_the_next_queue" {
  variables {
    next_queue_arn = "arn:aws:sqs:us-east-1:123456789012:p-dev-next"
  }
  assert {
    condition     = contains(jsondecode(aws_iam_role_policy.task.policy).Statement[1].Resource, "arn:aws:sqs:us-east-1:123456789012:p-dev-next")
    error_message = "the next queue must be among the destinations"
  }
}

run "without_a_key_there_are_no_rights_to_one" {
  variables {
    kms_key_arn = null
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.task.policy, "kms:")
    error_message = "SSE-SQS needs no rights"
  }
}

run "the_execution_role_pulls_these_images_and_writes_these_streams" {
  assert {
    condition = jsonencode([for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : [statement.Action, statement.Resource]]) == jsonencode([
      [["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"], [
        "arn:aws:ecr:us-east-1:123456789012:repository/p/background-job", "arn:aws:ecr:us-east-1:123456789012:repository/p/collector",
      ]],
      [["ecr:GetAuthorizationToken"], ["*"]],
      [["logs:CreateLogStream", "logs:PutLogEvents"], [
        "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev/background-job:log-stream:background-job/background-job/*",
        "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev:log-stream:background-job/collector/*",
      ]],
    ])
    error_message = "least privilege, down to the ARN"
  }
}

run "only_ecs_of_this_account_assumes_the_roles" {
  assert {
    condition = alltrue([for role in [aws_iam_role.task, aws_iam_role.execution] :
      jsonencode(jsondecode(role.assume_role_policy).Statement[0].Condition) == jsonencode({
        ArnLike = { "aws:SourceArn" = "arn:aws:ecs:us-east-1:123456789012:*" }, StringEquals = { "aws:SourceAccount" = "123456789012" }
      })
    ])
    error_message = "confused deputy"
  }
}
