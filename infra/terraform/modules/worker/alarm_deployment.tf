# A deployment that failed and was rolled back is told by ECS itself, through EventBridge.

resource "aws_cloudwatch_event_rule" "deployment_failed" {
  name        = "${local.alarm_prefix}-rollback" # 64 characters at most
  description = "${local.service_name}: a deployment failed. ${local.alarm_link}#deployment-failed"
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Deployment State Change"]
    resources   = [local.service_arn]
    detail      = { eventName = ["SERVICE_DEPLOYMENT_FAILED"] }
  })
}

resource "aws_cloudwatch_event_target" "deployment_failed" {
  rule      = aws_cloudwatch_event_rule.deployment_failed.name
  target_id = "alarm-topic"
  arn       = var.alarm_topic_arn

  input_transformer {
    input_paths    = { reason = "$.detail.reason", deployment = "$.detail.deploymentId", at = "$.time" }
    input_template = "\"${local.service_name}: deployment <deployment> failed at <at>: <reason> ${local.alarm_link}#deployment-failed\""
  }
}
