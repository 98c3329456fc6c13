# What Grafana may read: everything, listed; and who may.

mock_provider "aws" {
  source = "../../testing"
}

variables {
  name            = "p-dev"
  aws_region      = "us-east-1"
  principal_arns  = ["arn:aws:iam::123456789012:role/grafana"]
  log_group_names = ["/ecs/p-dev/main-job", "/ecs/p-dev"]
}

run "without_somebody_who_may_assume_it_there_is_no_role" {
  variables {
    principal_arns = []
  }
  assert {
    condition     = length(aws_iam_role.this) == 0 && length(aws_iam_role_policy.this) == 0 && output.role_arn == null
    error_message = "a role that nobody uses is a risk for nothing"
  }
}

run "by_default" {
  # It reads and nothing else.
  assert {
    condition = jsonencode({ for statement in jsondecode(aws_iam_role_policy.this[0].policy).Statement : statement.Sid => [statement.Action, statement.Resource] }) == jsonencode({
      Logs    = [["logs:GetLogEvents", "logs:GetLogGroupFields", "logs:StartQuery"], ["arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev/main-job:*", "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev:*"]]
      Regions = [["ec2:DescribeRegions"], ["*"]]
      Unnamed = [[
        "cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics",
        "logs:DescribeLogGroups", "logs:GetQueryResults", "logs:StopQuery",
        "xray:BatchGetTraces", "xray:GetGroups", "xray:GetServiceGraph", "xray:GetTraceGraph", "xray:GetTraceSummaries",
      ], ["*"]]
    })
    error_message = "least privilege"
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.this[0].policy).Statement : statement.Condition.StringEquals["aws:RequestedRegion"] if statement.Sid == "Unnamed"] == ["us-east-1"]
    error_message = "of this Region only"
  }

  # Those who may assume it are named.
  assert {
    condition = aws_iam_role.this[0].name == "p-dev-grafana" && aws_iam_role.this[0].assume_role_policy == jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Action = "sts:AssumeRole", Effect = "Allow", Principal = { AWS = ["arn:aws:iam::123456789012:role/grafana"] } }]
    })
    error_message = "and no others"
  }
}

run "another_company_s_grafana_says_an_external_id" {
  variables {
    principal_arns = ["arn:aws:iam::999988887777:root"]
    external_id    = "grafana-4711"
  }
  assert {
    condition     = jsondecode(aws_iam_role.this[0].assume_role_policy).Statement[0].Condition.StringEquals["sts:ExternalId"] == "grafana-4711"
    error_message = "the confused deputy has none"
  }
}

run "everybody_is_refused" {
  command = plan
  variables {
    principal_arns = ["*"]
    external_id    = "a b"
  }
  expect_failures = [var.principal_arns, var.external_id]
}
