mock_provider "aws" {
  source = "../../testing"
}

variables {
  name               = "p-dev"
  aws_region         = "us-east-1"
  log_group_names    = { ecs = "/ecs/p-dev", metrics = "/ecs/p-dev/metrics", insights = "/aws/ecs/containerinsights/p-dev-cluster/performance" }
  log_retention_days = 14
  kms_key_arn        = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
}

run "by_default" {
  # Container insights are on and every group is encrypted and ends.
  assert {
    condition     = aws_ecs_cluster.this.name == "p-dev-cluster" && one(aws_ecs_cluster.this.setting).value == "enabled"
    error_message = "scaling and alarms need RunningTaskCount"
  }
  assert {
    condition     = length(aws_cloudwatch_log_group.this) == 3 && alltrue([for group in aws_cloudwatch_log_group.this : group.kms_key_id == var.kms_key_arn && group.retention_in_days == 14])
    error_message = "key and retention on all groups"
  }

  # Only this cluster's events are kept.
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.tasks.event_pattern).detail.clusterArn == ["arn:aws:ecs:us-east-1:123456789012:cluster/p-dev-cluster"]
    error_message = "tasks of this cluster"
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.deployments.event_pattern).resources[0].prefix == "arn:aws:ecs:us-east-1:123456789012:service/p-dev-cluster/"
    error_message = "services of this cluster"
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_log_resource_policy.events.policy_document).Statement[0].Resource == "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev:*"
    error_message = "EventBridge may write to the ECS group only"
  }
}

run "wrong_values_are_refused" {
  command = plan
  variables {
    log_retention_days = 15
    container_insights = "disabled"
  }
  expect_failures = [var.log_retention_days, var.container_insights]
}
