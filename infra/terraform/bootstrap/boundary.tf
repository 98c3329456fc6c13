# The most that any role of the stack can have, whatever its policies say: GitHub's apply role makes roles with this boundary only, and cannot change it.
#
# What the runtime, the collector, ECS at a task's start and Grafana need (held against the stack's roles by `nox -s infra`), and of a fork's own what
# service_rights names. Nothing of IAM, STS or Organizations: whoever has such a role gets no further.

locals {
  partition = data.aws_partition.current.partition
  account   = data.aws_caller_identity.current.account_id
  here      = "${var.aws_region}:${local.account}"
  groups    = "arn:${local.partition}:logs:${local.here}:log-group"

  boundary_statements = concat(
    [
      {
        Sid    = "Queues"
        Effect = "Allow"
        Action = [
          "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage",
        ]
        Resource = ["arn:${local.partition}:sqs:${local.here}:${var.project_name}-*"]
      },
      {
        Sid       = "KeysOfQueues"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = ["arn:${local.partition}:kms:${local.here}:key/*"]
        Condition = { StringEquals = { "kms:ViaService" = "sqs.${var.aws_region}.amazonaws.com" } }
      },
      {
        Sid      = "JobRecords"
        Effect   = "Allow"
        Action   = ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
        Resource = ["arn:${local.partition}:dynamodb:${local.here}:table/${var.project_name}-*"]
      },
      {
        Sid       = "KeysOfJobRecords"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = ["arn:${local.partition}:kms:${local.here}:key/*"]
        Condition = { StringEquals = { "kms:ViaService" = "dynamodb.${var.aws_region}.amazonaws.com" } }
      },
      {
        Sid      = "JobEvents"
        Effect   = "Allow"
        Action   = ["events:DescribeEventBus", "events:PutEvents"]
        Resource = ["arn:${local.partition}:events:${local.here}:event-bus/${var.project_name}-*"]
      },
      {
        Sid    = "OwnServices"
        Effect = "Allow"
        Action = ["ecs:DescribeServices", "ecs:UpdateTaskProtection"]
        Resource = [
          for kind in ["service", "task"] : "arn:${local.partition}:ecs:${local.here}:${kind}/${var.project_name}-*"
        ]
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${local.groups}:/ecs/${var.project_name}-*:log-stream:*"]
      },
      {
        Sid    = "ReadLogs" # Grafana
        Effect = "Allow"
        Action = ["logs:GetLogEvents", "logs:GetLogGroupFields", "logs:StartQuery"]
        Resource = [
          for group in ["/ecs", "/aws/ecs/containerinsights"] : "${local.groups}:${group}/${var.project_name}-*"
        ]
      },
      {
        Sid    = "PullImages"
        Effect = "Allow"
        Action = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        # of another account too, where its repository's policy lets this one in
        Resource = ["arn:${local.partition}:ecr:*:*:repository/${var.project_name}/*"]
      },
      {
        Sid    = "Secrets"
        Effect = "Allow"
        Action = ["secretsmanager:GetSecretValue", "ssm:GetParameters"]
        Resource = [
          for kind in ["secretsmanager:*:${local.account}:secret:", "ssm:*:${local.account}:parameter/"] : "arn:${local.partition}:${kind}${var.project_name}/*"
        ]
      },
      {
        Sid       = "KeysOfSecrets"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = ["*"]
        Condition = { StringLike = { "kms:ViaService" = ["secretsmanager.*.amazonaws.com", "ssm.*.amazonaws.com"] } }
      },
      {
        Sid    = "Unnamed" # actions that know no resource: the registry's login, traces, ECS Exec, what Grafana reads
        Effect = "Allow"
        Action = [
          "cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics",
          "ec2:DescribeRegions", "ecr:GetAuthorizationToken", "logs:DescribeLogGroups", "logs:GetQueryResults", "logs:StopQuery",
          "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
          "xray:BatchGetTraces", "xray:GetGroups", "xray:GetServiceGraph", "xray:GetTraceGraph", "xray:GetTraceSummaries", "xray:PutTraceSegments",
        ]
        Resource = ["*"]
      },
    ],
    [
      for action, arns in var.service_rights : {
        Sid      = "Services${replace(title(replace(action, "/[:*-]/", " ")), " ", "")}"
        Effect   = "Allow"
        Action   = [action]
        Resource = arns
      }
    ],
  )
}

resource "aws_iam_policy" "boundary" {
  name        = "${var.project_name}-boundary-${var.aws_region}" # the stack finds it by this name
  description = "The most that a role of ${var.project_name}'s stack can have."
  policy      = jsonencode({ Version = "2012-10-17", Statement = local.boundary_statements })

  lifecycle {
    precondition {
      condition     = length(jsonencode({ Version = "2012-10-17", Statement = local.boundary_statements })) <= 6144
      error_message = "The boundary's policy has more than the 6,144 characters that IAM takes: name fewer, wider patterns in service_rights."
    }
  }
}
