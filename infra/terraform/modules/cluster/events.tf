# Task and deployment state changes of this cluster's services go to the ECS log group through EventBridge.

resource "aws_cloudwatch_event_rule" "tasks" {
  name        = "${var.name}-tasks"
  description = "Tasks that stopped, did not start, or were unhealthy."
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Task State Change"]
    detail      = { clusterArn = [local.cluster_arn] }
  })
}

# These name no cluster; their resource is the service, whose ARN begins with it.
resource "aws_cloudwatch_event_rule" "deployments" {
  name        = "${var.name}-deployments"
  description = "Deployments and other actions of services."
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Deployment State Change", "ECS Service Action"]
    resources   = [{ prefix = "${replace(local.cluster_arn, ":cluster/", ":service/")}/" }]
  })
}

resource "aws_cloudwatch_event_target" "log" {
  for_each = {
    tasks       = aws_cloudwatch_event_rule.tasks.name
    deployments = aws_cloudwatch_event_rule.deployments.name
  }

  rule      = each.value
  target_id = "ecs-log-group"
  arn       = aws_cloudwatch_log_group.this[var.log_group_names.ecs].arn

  depends_on = [aws_cloudwatch_log_resource_policy.events] # without it, events are dropped and nobody is told
}

# "Using resource-based policies for Amazon EventBridge", CloudWatch Logs permissions. An account has ten of these per Region.
resource "aws_cloudwatch_log_resource_policy" "events" {
  policy_name = "${var.name}-ecs-events"
  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "EventBridgeWritesEcsEvents"
      Effect    = "Allow"
      Principal = { Service = ["events.amazonaws.com", "delivery.logs.amazonaws.com"] }
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource  = "${replace(local.cluster_arn, "/:ecs:(.*):cluster/.*$/", ":logs:$1")}:log-group:${var.log_group_names.ecs}:*"
    }]
  })
}
