# The service's log group: the container's output and, where jobs have logs of their own, their streams. What alarms count in it.

locals {
  log_group_name = "/ecs/${var.name}/${var.service}"
}

resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn
}

# One record per failed attempt, in the job's stream or on stdout.
resource "aws_cloudwatch_log_metric_filter" "job_failed" {
  name           = "${local.full_name}-job-failed"
  log_group_name = aws_cloudwatch_log_group.this.name
  pattern        = "{ $.event = \"job.failed\" }"

  metric_transformation {
    name      = "JobsFailed-${var.service}"
    namespace = var.metrics_namespace
    value     = "1"
    unit      = "Count"
  }
}

# One record for each delivery that a worker gives back for another that may know its type. The first four, some minutes, are a deployment's.
resource "aws_cloudwatch_log_metric_filter" "job_unsupported" {
  name           = "${local.full_name}-job-unsupported"
  log_group_name = aws_cloudwatch_log_group.this.name
  pattern        = "{ $.event = \"job.unsupported\" && $.attempt > 4 }"

  metric_transformation {
    name      = "JobsUnsupported-${var.service}"
    namespace = var.metrics_namespace
    value     = "1"
    unit      = "Count"
  }
}

resource "aws_cloudwatch_log_metric_filter" "job_log_undelivered" {
  count = var.job_logs ? 1 : 0

  name           = "${local.full_name}-job-log-undelivered"
  log_group_name = aws_cloudwatch_log_group.this.name
  pattern        = "{ $.job_log_undelivered IS TRUE }"

  metric_transformation {
    name      = "JobLogsUndelivered-${var.service}"
    namespace = var.metrics_namespace
    value     = "1"
    unit      = "Count"
  }
}

# Task state changes arrive in the ECS log group through EventBridge. Counted are tasks that ended by themselves, did not start,
# or were unhealthy; not those that ECS stopped for a deployment, for scaling in, or that Spot took back ("Stopped task codes").
resource "aws_cloudwatch_log_metric_filter" "task_failed" {
  name           = "${local.full_name}-task-failed"
  log_group_name = var.ecs_log_group_name
  pattern = join(" ", [
    "{ $.detail.group = \"service:${local.service_name}\" && $.detail.lastStatus = \"STOPPED\" &&",
    "($.detail.stopCode = \"EssentialContainerExited\" || $.detail.stopCode = \"TaskFailedToStart\" ||",
    "$.detail.stoppedReason = \"*failed container health checks*\") }",
  ])

  metric_transformation {
    name      = "TasksFailed-${var.service}"
    namespace = var.metrics_namespace
    value     = "1"
    unit      = "Count"
  }
}
