# What a Grafana may read: metrics, alarms, these log groups and traces. A role that it assumes; without somebody who may, there is none.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  wanted = length(var.principal_arns) > 0
  groups = "arn:${data.aws_partition.current.partition}:logs:${var.aws_region}:${data.aws_caller_identity.current.account_id}:log-group:"

  statements = [
    {
      Sid    = "Logs"
      Effect = "Allow"
      Action = ["logs:GetLogEvents", "logs:GetLogGroupFields", "logs:StartQuery"]
      # with the :* that actions on a group and on its streams ask for ("Actions, resources, and condition keys for Amazon CloudWatch Logs")
      Resource = [for name in var.log_group_names : "${local.groups}${name}:*"]
    },
    # Actions that know no resources. What a query of logs sees is limited by StartQuery above; metrics and traces are the account's, in this Region.
    {
      Sid    = "Unnamed"
      Effect = "Allow"
      Action = [
        "cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics",
        "logs:DescribeLogGroups", "logs:GetQueryResults", "logs:StopQuery",
        "xray:BatchGetTraces", "xray:GetGroups", "xray:GetServiceGraph", "xray:GetTraceGraph", "xray:GetTraceSummaries",
      ]
      Resource  = ["*"]
      Condition = { StringEquals = { "aws:RequestedRegion" = var.aws_region } }
    },
    # The choice of Regions in the editors; asked in whichever Region Grafana has as its default.
    { Sid = "Regions", Effect = "Allow", Action = ["ec2:DescribeRegions"], Resource = ["*"] },
  ]

  trust = merge(
    { Effect = "Allow", Principal = { AWS = sort(var.principal_arns) }, Action = "sts:AssumeRole" },
    { for id in var.external_id == null ? [] : [var.external_id] : "Condition" => { StringEquals = { "sts:ExternalId" = id } } },
  )
}

resource "aws_iam_role" "this" {
  count = local.wanted ? 1 : 0

  name                 = "${var.name}-grafana"
  description          = "What Grafana reads of ${var.name}; it changes nothing."
  assume_role_policy   = jsonencode({ Version = "2012-10-17", Statement = [local.trust] })
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "this" {
  count = local.wanted ? 1 : 0

  name   = "read"
  role   = aws_iam_role.this[0].name
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements })
}
