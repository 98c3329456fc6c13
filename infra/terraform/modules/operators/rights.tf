# Which actions on what. Each ARN stands once in a policy, with all that is allowed on it; one pattern for what only this stack has: a policy has
# 6,144 characters, room for about ten services.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  here      = "${var.aws_region}:${local.account}"
  services  = [for name in sort(keys(var.services)) : var.services[name]]

  # jobctl status, list, show, step, logs, trace, tail, tasks, dead list, dead show, watch. What those commands call stands here and nothing else:
  # tests/containers/test_stage_operators.py records it, and compares both ways. To look around in the console, AWS's CloudWatchReadOnlyAccess is for.
  read = {
    Stack  = ["ssm:GetParameter"]
    Paused = ["ssm:GetParameter"]
    Queues = ["sqs:GetQueueAttributes"]
    # SQS has no peek: a look receives dead letters and makes them visible again. It raises their receive count, which means nothing on a queue
    # without redrive, and takes nothing out. Of the queues that services receive from, no message can be seen.
    DeadLetters = ["sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    QueueKey    = ["kms:Decrypt"]
    Logs        = ["logs:FilterLogEvents"]
    JobLogs     = ["logs:GetLogEvents"]
    Services    = ["ecs:DescribeServices", "ecs:ListServiceDeployments"]
    Revisions   = ["ecs:DescribeServiceRevisions"]
    Images      = ["ecr:DescribeImages"] # which version a digest is
    Scaling     = []
    Records     = ["dynamodb:BatchGetItem", "dynamodb:Query"] # of those that run, their progress; a job with its steps
    Listing     = ["dynamodb:Query"]
    RecordsKey  = ["kms:Decrypt"] # "Managing encrypted tables in DynamoDB": a caller's calls decrypt the table's key on its behalf
    Tasks       = ["ecs:DescribeTasks"]
    TaskLists   = ["ecs:ListTasks"]
    # Actions that know no resources ("Actions, resources, and condition keys" for CloudWatch, ECS, Logs and X-Ray). DescribeAlarms tells of composite
    # alarms only with "*" ("DescribeAlarms"). Names and retention of log groups are no contents.
    Unnamed = [
      "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "ecs:DescribeTaskDefinition", "logs:DescribeLogGroups",
      "xray:BatchGetTraces", "xray:GetTraceSummaries",
    ]
  }

  # jobctl submit, cancel, step --done, dead redrive, dead drop, pause, resume
  repair = {
    Queues      = ["sqs:SendMessage"]
    DeadLetters = ["sqs:DeleteMessage"]
    QueueKey    = ["kms:GenerateDataKey"] # sending needs Decrypt too ("Amazon SQS Key management")
    Services    = ["ecs:UpdateService"]   # also how the desired count changes: there is no smaller right
    Scaling     = ["application-autoscaling:RegisterScalableTarget"]
    Records     = ["dynamodb:GetItem", "dynamodb:PutItem"]
    Tasks       = ["ecs:StopTask"] # jobctl pause --now
    Paused      = ["ssm:PutParameter"]
    # What scaling was, to bring it back. RegisterScalableTarget tries the caller's rights to alarms, without a name, and to the service
    # ("Permissions validation for API calls on target resources"); it makes and deletes none here.
    Unnamed = ["application-autoscaling:DescribeScalableTargets", "cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"]
  }

  resources = {
    Stack       = [var.stack_parameter_arn]
    Paused      = [var.paused_parameter_arn]
    Queues      = [for service in local.services : service.queue_arn]
    DeadLetters = ["arn:${local.partition}:sqs:${local.here}:${var.name}-*-dlq"]
    QueueKey    = var.queue_key_arn == null ? [] : [var.queue_key_arn]
    # with the :* that actions on a group and on its streams ask for ("Actions, resources, and condition keys for Amazon CloudWatch Logs")
    Logs      = [for name in ["${var.ecs_log_group_name}:*", "${var.ecs_log_group_name}/*"] : "arn:${local.partition}:logs:${local.here}:log-group:${name}"]
    JobLogs   = [for service in local.services : "arn:${local.partition}:logs:${local.here}:log-group:${service.log_group_name}:*" if service.job_logs]
    Services  = ["arn:${local.partition}:ecs:${local.here}:service/${var.cluster_name}/*"]
    Revisions = ["arn:${local.partition}:ecs:${local.here}:service-revision/${var.cluster_name}/*"]
    Images    = distinct(flatten([for service in local.services : service.image_repository_arns]))
    Scaling   = [for service in local.services : service.scalable_target_arn]
    Tasks     = ["arn:${local.partition}:ecs:${local.here}:task/${var.cluster_name}/*"]
    TaskLists = ["*"] # its resource is a container instance, which Fargate has none of; the condition names the cluster
    Unnamed   = ["*"]

    Records    = var.job_table == null ? [] : [var.job_table.arn]
    Listing    = var.job_table == null ? [] : ["${var.job_table.arn}/index/*"]
    RecordsKey = var.job_table == null ? [] : [var.job_table.kms_key_arn]
  }

  conditions = {
    RecordsKey = { StringEquals = { "kms:ViaService" = "dynamodb.${var.aws_region}.amazonaws.com" } }
    QueueKey   = { StringEquals = { "kms:ViaService" = "sqs.${var.aws_region}.amazonaws.com" } }
    TaskLists  = { ArnEquals = { "ecs:cluster" = var.cluster_arn } }
  }

  actions = {
    "operator-read"   = local.read
    "operator-repair" = { for what, actions in local.read : what => concat(actions, try(local.repair[what], [])) }
  }

  statements = {
    for policy, rights in local.actions : policy => [
      for what, actions in rights : merge(
        { Sid = what, Effect = "Allow", Action = actions, Resource = local.resources[what] },
        { for condition in try([local.conditions[what]], []) : "Condition" => condition },
      )
      if length(actions) > 0 && length(local.resources[what]) > 0
    ]
  }
}
