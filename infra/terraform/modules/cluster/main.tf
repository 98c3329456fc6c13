# The ECS cluster, and why tasks stopped: ECS's state changes, kept in a log group.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  cluster_name = "${var.name}-cluster"
  cluster_arn  = "arn:${data.aws_partition.current.partition}:ecs:${var.aws_region}:${data.aws_caller_identity.current.account_id}:cluster/${local.cluster_name}"
}

resource "aws_ecs_cluster" "this" {
  name = local.cluster_name

  # Never off: scaling and alarms compare with its RunningTaskCount.
  setting {
    name  = "containerInsights"
    value = var.container_insights
  }

  # ECS would otherwise make the group itself: unencrypted, and kept for ever.
  depends_on = [aws_cloudwatch_log_group.this]
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = toset(values(var.log_group_names))

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}
