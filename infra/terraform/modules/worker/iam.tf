# What a task may do (task role, both containers) and what starting one needs (execution role).

locals {
  logs_arn              = "arn:${local.partition}:logs:${var.aws_region}:${local.account}:log-group"
  log_group_arn         = "${local.logs_arn}:${local.log_group_name}"
  ecs_log_group_arn     = "${local.logs_arn}:${var.ecs_log_group_name}"
  metrics_log_group_arn = "${local.logs_arn}:${var.metrics_log_group_name}"

  destinations = concat([var.queue.dead_letter_arn], [for queue, sent in var.sends : sent.arn if queue != var.receives])

  task_statements = concat(
    [
      {
        Sid      = "ReceiveAndSettle"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
        Resource = [var.queue.arn]
      },
      {
        # What a stop gives back is a copy, so that it costs no attempt; a handler's further jobs go there too (docs/retries.md).
        Sid      = "SendToOwnQueue"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = [var.queue.arn]
      },
      {
        Sid      = "SendDeadLettersAndNextJobs"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage", "sqs:GetQueueAttributes"]
        Resource = local.destinations
      },
      {
        # The worker only sets protection, through the agent's endpoint, and never asks for it ("Task scale-in protection endpoint").
        Sid       = "ProtectItself"
        Effect    = "Allow"
        Action    = ["ecs:UpdateTaskProtection"]
        Resource  = ["arn:${local.partition}:ecs:${var.aws_region}:${local.account}:task/${var.cluster_name}/*"]
        Condition = { ArnEquals = { "ecs:cluster" = var.cluster_arn } }
      },
      {
        # ECS never signals a protected task: it asks whether its service was paused (docs/decisions/0023).
        Sid      = "SeeThatItIsPaused"
        Effect   = "Allow"
        Action   = ["ecs:DescribeServices"]
        Resource = [local.service_arn]
      },
      {
        # X-Ray knows no resources for this action ("Actions, resources, and condition keys for AWS X-Ray").
        Sid      = "ExportTraces"
        Effect   = "Allow"
        Action   = ["xray:PutTraceSegments"]
        Resource = ["*"]
      },
      {
        Sid      = "ExportMetrics"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${local.metrics_log_group_arn}:log-stream:${var.service}/*"]
      },
    ],
    [
      # Both rights on both sides: a dead letter is sent by a receiver, and sending needs Decrypt too ("Amazon SQS Key management").
      for key in var.kms_key_arn == null ? [] : [var.kms_key_arn] : {
        Sid       = "EncryptedQueues"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = [key]
        Condition = { StringEquals = { "kms:ViaService" = "sqs.${var.aws_region}.amazonaws.com" } }
      }
    ],
    [
      for group in var.job_logs ? [local.log_group_arn] : [] : {
        Sid      = "WriteJobLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${group}:log-stream:job-streams/*", "${group}:log-stream:job-streams-overflow/*"]
      }
    ],
    [
      for table in var.job_table == null ? [] : [var.job_table] : {
        # Read are steps, and the record of the job that has a unique key.
        Sid      = "KeepJobRecords"
        Effect   = "Allow"
        Action   = ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
        Resource = [table.arn]
      }
    ],
    [
      # "Managing encrypted tables in DynamoDB": a caller's calls decrypt the table's key on its behalf.
      for table in var.job_table == null ? [] : [var.job_table] : {
        Sid       = "EncryptedJobRecords"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = [table.kms_key_arn]
        Condition = { StringEquals = { "kms:ViaService" = "dynamodb.${var.aws_region}.amazonaws.com" } }
      }
    ],
    [
      for bus in var.event_bus == null ? [] : [var.event_bus] : {
        # As "Example policy: Send events to a custom bus in a different account" has it: a call's events have several sources and types.
        Sid      = "TellEnds"
        Effect   = "Allow"
        Action   = ["events:PutEvents"]
        Resource = [bus.arn]
        Condition = {
          "ForAllValues:StringEquals" = {
            "events:source"      = ["jobqueue"]
            "events:detail-type" = ["Job Completed", "Job Dead", "Job Cancelled"]
          }
        }
      }
    ],
    [
      for bus in var.event_bus == null ? [] : [var.event_bus] : {
        # PutEvents does not tell that there is no such bus.
        Sid      = "SeeThatTheBusIsThere"
        Effect   = "Allow"
        Action   = ["events:DescribeEventBus"]
        Resource = [bus.arn]
      }
    ],
    [
      # ECS Exec ("Using ECS Exec", task role permissions); off by default.
      for on in var.enable_execute_command ? [true] : [] : {
        Sid    = "Exec"
        Effect = "Allow"
        Action = [
          "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
        ]
        Resource = ["*"]
      }
    ],
  )

  # 123456789012.dkr.ecr.REGION.amazonaws.com/REPOSITORY@sha256:... ; the variables' validation holds the form
  image_parts = [
    for image in distinct([var.image, var.collector_image]) :
    regex("^(?P<account>[0-9]{12})\\.dkr\\.ecr\\.(?P<region>[a-z0-9-]+)\\.[a-z.]+/(?P<repository>[^@:]+)", image)
  ]
  image_repository_arns = [for part in local.image_parts : "arn:${local.partition}:ecr:${part.region}:${part.account}:repository/${part.repository}"]
  execution_statements  = concat(local.starting, local.secret_statements)
  starting = [
    {
      Sid      = "PullTheseImages"
      Effect   = "Allow"
      Action   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
      Resource = local.image_repository_arns
    },
    {
      # Knows no resources ("Actions, resources, and condition keys for Amazon Elastic Container Registry").
      Sid      = "LogIntoTheRegistry"
      Effect   = "Allow"
      Action   = ["ecr:GetAuthorizationToken"]
      Resource = ["*"]
    },
    {
      Sid    = "WriteContainerOutput"
      Effect = "Allow"
      Action = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = [
        "${local.log_group_arn}:log-stream:${var.service}/${var.service}/*",
        "${local.ecs_log_group_arn}:log-stream:${var.service}/collector/*",
      ]
    },
  ]
}

resource "aws_iam_role_policy" "task" {
  name   = "task"
  role   = var.task_role.name
  policy = jsonencode({ Version = "2012-10-17", Statement = local.task_statements })
}

# Apart from the runtime's own, so that both are seen for what they are.
resource "aws_iam_role_policy" "handlers" {
  count = length(var.policy_statements) == 0 ? 0 : 1

  name = "handlers"
  role = var.task_role.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for name, one in var.policy_statements : merge(
        { Sid = "Handlers${name}", Effect = "Allow", Action = one.actions, Resource = one.resources },
        { for attribute in length(one.condition) == 0 ? [] : ["Condition"] : attribute => one.condition },
      )
    ]
  })
}

resource "aws_iam_role_policy" "execution" {
  name   = "execution"
  role   = var.execution_role.name
  policy = jsonencode({ Version = "2012-10-17", Statement = local.execution_statements })
}
