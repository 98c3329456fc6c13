# What operators may do: everything, listed.

mock_provider "aws" {
  source = "../../testing"
}

variables {
  name         = "p-dev"
  aws_region   = "us-east-1"
  cluster_name = "p-dev-cluster"
  cluster_arn  = "arn:aws:ecs:us-east-1:123456789012:cluster/p-dev-cluster"
  services = {
    "main-job" = {
      scalable_target_arn   = "arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/0ec51111"
      log_group_name        = "/ecs/p-dev/main-job"
      job_logs              = false
      queue_arn             = "arn:aws:sqs:us-east-1:123456789012:p-dev-main-job-triggers"
      image_repository_arns = ["arn:aws:ecr:us-east-1:123456789012:repository/p/main-job", "arn:aws:ecr:us-east-1:123456789012:repository/p/collector"]
    }
  }
  ecs_log_group_name   = "/ecs/p-dev"
  queue_key_arn        = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  stack_parameter_arn  = "arn:aws:ssm:us-east-1:123456789012:parameter/p/dev/stack"
  paused_parameter_arn = "arn:aws:ssm:us-east-1:123456789012:parameter/p/dev/paused"
}

run "by_default" {
  # Operator read has these rights and no others.
  assert {
    condition = jsonencode({ for statement in jsondecode(aws_iam_policy.this["operator-read"].policy).Statement : statement.Sid => [statement.Action, statement.Resource] }) == jsonencode({
      DeadLetters = [["sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], ["arn:aws:sqs:us-east-1:123456789012:p-dev-*-dlq"]]
      Images      = [["ecr:DescribeImages"], ["arn:aws:ecr:us-east-1:123456789012:repository/p/main-job", "arn:aws:ecr:us-east-1:123456789012:repository/p/collector"]]
      Logs = [["logs:FilterLogEvents"], [
        "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev:*", "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev/*",
      ]]
      Paused    = [["ssm:GetParameter"], ["arn:aws:ssm:us-east-1:123456789012:parameter/p/dev/paused"]]
      QueueKey  = [["kms:Decrypt"], ["arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"]]
      Queues    = [["sqs:GetQueueAttributes"], ["arn:aws:sqs:us-east-1:123456789012:p-dev-main-job-triggers"]]
      Revisions = [["ecs:DescribeServiceRevisions"], ["arn:aws:ecs:us-east-1:123456789012:service-revision/p-dev-cluster/*"]]
      Services  = [["ecs:DescribeServices", "ecs:ListServiceDeployments"], ["arn:aws:ecs:us-east-1:123456789012:service/p-dev-cluster/*"]]
      Stack     = [["ssm:GetParameter"], ["arn:aws:ssm:us-east-1:123456789012:parameter/p/dev/stack"]]
      TaskLists = [["ecs:ListTasks"], ["*"]]
      Tasks     = [["ecs:DescribeTasks"], ["arn:aws:ecs:us-east-1:123456789012:task/p-dev-cluster/*"]]
      Unnamed = [[
        "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "ecs:DescribeTaskDefinition", "logs:DescribeLogGroups",
        "xray:BatchGetTraces", "xray:GetTraceSummaries",
      ], ["*"]]
    })
    error_message = "least privilege, down to the ARN"
  }

  # Operator repair has what operator read has and these.
  assert {
    condition = jsonencode({
      for statement in jsondecode(aws_iam_policy.this["operator-repair"].policy).Statement : statement.Sid => [
        setsubtract(statement.Action, flatten([for read in jsondecode(aws_iam_policy.this["operator-read"].policy).Statement : read.Action if read.Sid == statement.Sid])),
        statement.Resource,
      ]
      }) == jsonencode({
      DeadLetters = [toset(["sqs:DeleteMessage"]), ["arn:aws:sqs:us-east-1:123456789012:p-dev-*-dlq"]]
      Images      = [toset([]), ["arn:aws:ecr:us-east-1:123456789012:repository/p/main-job", "arn:aws:ecr:us-east-1:123456789012:repository/p/collector"]]
      Logs = [toset([]), [
        "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev:*", "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev/*",
      ]]
      Paused    = [toset(["ssm:PutParameter"]), ["arn:aws:ssm:us-east-1:123456789012:parameter/p/dev/paused"]]
      QueueKey  = [toset(["kms:GenerateDataKey"]), ["arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"]]
      Queues    = [toset(["sqs:SendMessage"]), ["arn:aws:sqs:us-east-1:123456789012:p-dev-main-job-triggers"]]
      Revisions = [toset([]), ["arn:aws:ecs:us-east-1:123456789012:service-revision/p-dev-cluster/*"]]
      Scaling   = [toset(["application-autoscaling:RegisterScalableTarget"]), ["arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/0ec51111"]]
      Services  = [toset(["ecs:UpdateService"]), ["arn:aws:ecs:us-east-1:123456789012:service/p-dev-cluster/*"]]
      Stack     = [toset([]), ["arn:aws:ssm:us-east-1:123456789012:parameter/p/dev/stack"]]
      TaskLists = [toset([]), ["*"]]
      Tasks     = [toset(["ecs:StopTask"]), ["arn:aws:ecs:us-east-1:123456789012:task/p-dev-cluster/*"]]
      Unnamed   = [toset(["application-autoscaling:DescribeScalableTargets", "cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"]), ["*"]]
    })
    error_message = "least privilege, down to the ARN"
  }
  assert {
    condition = alltrue([for read in jsondecode(aws_iam_policy.this["operator-read"].policy).Statement : length(setsubtract(read.Action, flatten([
      for repair in jsondecode(aws_iam_policy.this["operator-repair"].policy).Statement : repair.Action if repair.Sid == read.Sid
    ]))) == 0])
    error_message = "whoever repairs looks first"
  }

  # The key only through SQS and tasks only of this cluster.
  assert {
    condition = alltrue([for policy in aws_iam_policy.this : jsonencode({ for statement in jsondecode(policy.policy).Statement : statement.Sid => statement.Condition if can(statement.Condition) }) == jsonencode({
      QueueKey  = { StringEquals = { "kms:ViaService" = "sqs.us-east-1.amazonaws.com" } }
      TaskLists = { ArnEquals = { "ecs:cluster" = "arn:aws:ecs:us-east-1:123456789012:cluster/p-dev-cluster" } }
    })])
    error_message = "conditions where the ARN says too little"
  }
}

run "a_job_s_own_log_is_read_where_jobs_have_one" {
  variables {
    services = { for name in ["main-job", "background-job"] : name => merge(var.services["main-job"], {
      log_group_name = "/ecs/p-dev/${name}"
      job_logs       = name == "background-job"
    }) }
  }
  assert {
    condition = alltrue([for policy in aws_iam_policy.this : [for statement in jsondecode(policy.policy).Statement : statement.Resource if contains(statement.Action, "logs:GetLogEvents")] == [
      ["arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev/background-job:*"]
    ]])
    error_message = "GetLogEvents on that service's log group alone"
  }
}

run "eight_services_with_long_names_fit" {
  command = plan
  variables {
    name = "message-driven-microservices-prod"
    services = { for number in range(8) : "a-service-${number}" => {
      scalable_target_arn = "arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/0ec5${number}1111111111111111111111111111"
      log_group_name      = "/ecs/message-driven-microservices-prod/a-service-${number}"
      job_logs            = true
      queue_arn           = "arn:aws:sqs:us-east-1:123456789012:message-driven-microservices-prod-a-service-jobs-${number}"
      image_repository_arns = [
        "arn:aws:ecr:us-east-1:123456789012:repository/message-driven-microservices/a-service-${number}",
        "arn:aws:ecr:us-east-1:123456789012:repository/message-driven-microservices/collector",
      ]
    } }
  }
  assert {
    condition     = alltrue([for policy in aws_iam_policy.this : length(policy.policy) <= 6144])
    error_message = "a managed policy has 6,144 characters"
  }
}

run "more_services_than_a_policy_has_room_for_are_refused_in_words" {
  command = plan
  variables {
    services = { for number in range(30) : "a-service-${number}" => merge(var.services["main-job"], { queue_arn = "${var.services["main-job"].queue_arn}-${number}" }) }
  }
  expect_failures = [aws_iam_policy.this]
}

run "without_a_key_there_are_no_rights_to_one" {
  variables {
    queue_key_arn = null
  }
  assert {
    condition     = alltrue([for policy in aws_iam_policy.this : !strcontains(policy.policy, "kms:")])
    error_message = "SSE-SQS needs no rights"
  }
}

run "six_services_of_the_default_project_fit_into_a_policy" {
  variables {
    services = { for number in range(6) : "service-${number}" => {
      scalable_target_arn   = "arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/0ec5${number}5zrw3pxakx4c8o9kzgiqpyma2${number}"
      log_group_name        = "/ecs/message-driven-microservices-dev/service-${number}"
      job_logs              = true
      queue_arn             = "arn:aws:sqs:us-east-1:123456789012:message-driven-microservices-dev-queue-${number}"
      image_repository_arns = [for name in ["service-${number}", "collector"] : "arn:aws:ecr:us-east-1:123456789012:repository/message-driven-microservices/${name}"]
    } }
  }
  assert {
    condition     = length(aws_iam_policy.this["operator-repair"].policy) <= 6144 # "IAM and AWS STS quotas", managed policies, without white space
    error_message = "${length(aws_iam_policy.this["operator-repair"].policy)} characters"
  }
}

run "with_job_records_jobs_are_read_and_cancelled" {
  variables {
    job_table = {
      arn         = "arn:aws:dynamodb:us-east-1:123456789012:table/p-dev-jobs"
      kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    }
  }

  assert {
    condition = [
      for policy in ["operator-read", "operator-repair"] : [
        for statement in jsondecode(aws_iam_policy.this[policy].policy).Statement : [statement.Action, statement.Resource] if statement.Sid == "Records"
      ]
      ] == [
      [[["dynamodb:BatchGetItem", "dynamodb:Query"], ["arn:aws:dynamodb:us-east-1:123456789012:table/p-dev-jobs"]]],
      [[["dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:GetItem", "dynamodb:PutItem"], ["arn:aws:dynamodb:us-east-1:123456789012:table/p-dev-jobs"]]],
    ]
    error_message = "one table, and no more than the commands call"
  }
  assert {
    condition = [
      for statement in jsondecode(aws_iam_policy.this["operator-read"].policy).Statement : [statement.Action, statement.Resource] if statement.Sid == "Listing"
      ] == [
      [["dynamodb:Query"], ["arn:aws:dynamodb:us-east-1:123456789012:table/p-dev-jobs/index/*"]],
    ]
    error_message = "lists are read from the index"
  }
}
