# When a person should look. Each alarm has a heading in docs/alarms.md: why, what to do.
#
# Missing data is "not breaching" everywhere: at zero tasks there are no CPU points, no attempts, no heartbeats, and that is
# right. What must not be missing is compared with something that is there: waiting messages, or running tasks.

locals {
  alarm_prefix = "${var.name}-${var.service}"
  alarm_link   = "See ${var.alarms_document}"

  in_queue       = { QueueName = var.queue.name }
  in_dead_letter = { QueueName = var.queue.dead_letter_name }
  in_service     = { ClusterName = var.cluster_name, ServiceName = local.service_name }
  in_telemetry   = { "messaging.destination.name" = var.queue.name }
  in_records     = { "messaging.destination.name" = var.queue.name, "jobs.operation" = "check" }

  alarms = merge(
    {
      "error-count" = {
        says      = "More than ${var.thresholds.error_count} attempts failed in 5 minutes."
        namespace = var.metrics_namespace, metric = "JobsFailed-${var.service}", dimensions = {}
        statistic = "Sum", period = 300, periods = 1, threshold = var.thresholds.error_count
      }
      # Long before the dead letter, which comes after half an hour.
      "unsupported-jobs" = {
        says      = "Jobs come back whose type or version no worker knows."
        namespace = var.metrics_namespace, metric = "JobsUnsupported-${var.service}", dimensions = {}
        statistic = "Sum", period = 300, periods = 1, threshold = 0
      }
      # The new version's tasks do not live: they end by themselves, do not start, or are unhealthy.
      "failing-tasks" = {
        says      = "More than ${var.thresholds.failing_tasks} tasks failed in 5 minutes; in a deployment this rolls back."
        namespace = var.metrics_namespace, metric = "TasksFailed-${var.service}", dimensions = {}
        statistic = "Sum", period = 300, periods = 1, threshold = var.thresholds.failing_tasks
      }
      # Two periods of five minutes: the start of a task and a single heavy job are no news.
      "cpu" = {
        says      = "CPU above ${var.thresholds.cpu_percent} % for 10 minutes."
        namespace = "AWS/ECS", metric = "CPUUtilization", dimensions = local.in_service
        statistic = "Average", period = 300, periods = 2, threshold = var.thresholds.cpu_percent
      }
      "memory" = {
        says      = "Memory above ${var.thresholds.memory_percent} % for 10 minutes."
        namespace = "AWS/ECS", metric = "MemoryUtilization", dimensions = local.in_service
        statistic = "Average", period = 300, periods = 2, threshold = var.thresholds.memory_percent
      }
      # The least depth of each period: what a burst brings and the workers take within it does not count.
      "queue-depth" = {
        says      = "More than ${var.thresholds.queue_depth} messages wait, for 5 minutes."
        namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = local.in_queue
        statistic = "Minimum", period = 300, periods = 1, threshold = var.thresholds.queue_depth
      }
      "queue-age" = {
        says      = "The oldest message has waited for more than ${var.thresholds.queue_age_seconds} seconds."
        namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", dimensions = local.in_queue
        statistic = "Maximum", period = 300, periods = 1, threshold = var.thresholds.queue_age_seconds
      }
      # Visible, not sent: NumberOfMessagesSent does not count what SQS itself moves ("Available CloudWatch metrics for Amazon SQS").
      "dead-letters" = {
        says      = "The dead-letter queue is not empty."
        namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = local.in_dead_letter
        statistic = "Maximum", period = 60, periods = 1, threshold = var.thresholds.dead_letters
      }
      # A deployment replaces stuck tasks; a gauge that ends with its task is not missed.
      "stuck-slots" = {
        says      = "More than ${var.thresholds.stuck_slots} slots of a task hold jobs beyond their timeout."
        namespace = var.metrics_namespace, metric = "jobs.slots_stuck", dimensions = local.in_telemetry
        statistic = "Maximum", period = 300, periods = 1, threshold = var.thresholds.stuck_slots
      }
    },
    {
      for name in var.job_logs ? ["job-logs-undelivered"] : [] : name => {
        says      = "More than ${var.thresholds.job_logs_undelivered} job log events went to stdout in 5 minutes."
        namespace = var.metrics_namespace, metric = "JobLogsUndelivered-${var.service}", dimensions = {}
        statistic = "Sum", period = 300, periods = 1, threshold = var.thresholds.job_logs_undelivered
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "metric" {
  for_each = local.alarms

  alarm_name          = "${local.alarm_prefix}-${each.key}"
  alarm_description   = "${var.service}: ${each.value.says} ${local.alarm_link}#${each.key}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = each.value.period
  evaluation_periods  = each.value.periods
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}
