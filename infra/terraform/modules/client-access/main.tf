# What code outside of the services may do with `jobqueue.client`: submit jobs, ask for them, read their logs. A policy each, for the roles that this
# code has already; nothing is attached here (docs/decisions/0059).

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  logs_arn = "arn:${data.aws_partition.current.partition}:logs:${var.aws_region}:${data.aws_caller_identity.current.account_id}:log-group"

  descriptions = {
    submit = "Submit jobs to ${var.name}; with client-read too: cancel them."
    read   = "Ask ${var.name} for jobs: get, wait, list."
    logs   = "Read the logs of the jobs of ${var.name}."
  }

  # What the client calls stands here and nothing else: devkit.rights.clients records it, and compares both ways. Without job records the stack's
  # parameter is all that it can ask for: the policy stays, so that it may stay attached.
  actions = {
    submit = {
      Stack      = ["ssm:GetParameter"]
      Triggers   = ["sqs:GetQueueAttributes", "sqs:SendMessage"]
      QueueKey   = ["kms:Decrypt", "kms:GenerateDataKey"] # sending needs Decrypt too ("Amazon SQS Key management")
      Records    = ["dynamodb:PutItem", "dynamodb:Query"] # Query: of the job that has a unique key
      RecordsKey = ["kms:Decrypt"]                        # "Managing encrypted tables in DynamoDB": a caller's calls decrypt the table's key on its behalf
    }
    read = {
      Stack      = ["ssm:GetParameter"]
      Records    = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"] # GetItem: of who cancels
      Listing    = ["dynamodb:Query"]
      RecordsKey = ["kms:Decrypt"]
    }
    logs = {
      Stack    = ["ssm:GetParameter"]
      JobLogs  = ["logs:GetLogEvents"]
      Overflow = ["logs:FilterLogEvents"] # it knows no streams: whoever has it reads the services' output too
    }
  }

  resources = {
    Stack      = [var.stack_parameter_arn]
    Triggers   = [var.trigger_queue_arn]
    QueueKey   = var.queue_key_arn == null ? [] : [var.queue_key_arn]
    Records    = var.job_table == null ? [] : [var.job_table.arn]
    Listing    = var.job_table == null ? [] : ["${var.job_table.arn}/index/*"]
    RecordsKey = var.job_table == null ? [] : [var.job_table.kms_key_arn]
    JobLogs    = [for name in var.job_log_group_names : "${local.logs_arn}:${name}:log-stream:job-streams/*"]
    Overflow   = [for name in var.job_log_group_names : "${local.logs_arn}:${name}:*"]
  }

  conditions = {
    QueueKey   = { StringEquals = { "kms:ViaService" = "sqs.${var.aws_region}.amazonaws.com" } }
    RecordsKey = { StringEquals = { "kms:ViaService" = "dynamodb.${var.aws_region}.amazonaws.com" } }
  }

  statements = {
    for policy, rights in local.actions : policy => [
      for what, actions in rights : merge(
        { Sid = what, Effect = "Allow", Action = actions, Resource = local.resources[what] },
        { for condition in try([local.conditions[what]], []) : "Condition" => condition },
      )
      if length(local.resources[what]) > 0
    ]
  }
}

resource "aws_iam_policy" "this" {
  for_each = local.statements

  name        = "${var.name}-client-${each.key}"
  description = local.descriptions[each.key]
  policy      = jsonencode({ Version = "2012-10-17", Statement = each.value })
}
