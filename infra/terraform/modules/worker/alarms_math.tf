# Alarms that compare metrics. SUM([a, b * 0]) is `a`, or 0 where only `b` has a point: SUM of several series leaves out what is
# missing ("Using math expressions with CloudWatch metrics"), where `a + b` would be missing itself.

locals {
  running = { namespace = "ECS/ContainerInsights", metric = "RunningTaskCount", dimensions = local.in_service }
  visible = { namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = local.in_queue }

  # What a service calls the table for (docs/reference/telemetry.md): a main job for `queued` alone, unless it keeps records of its triggers.
  record_calls = ["queued", "begin", "beat", "step", "record", "check"]

  records = { namespace = var.metrics_namespace, metric = "jobs.settle_failures", dimensions = local.in_records }

  math_alarms = merge({
    # Enough failures to mean something, and most of what was received. Rolls a deployment back.
    "error-rate" = {
      says       = "More than ${var.thresholds.error_rate_percent} % of the attempts failed in 5 minutes; in a deployment this rolls back."
      expression = "IF(failed >= ${var.thresholds.error_rate_min_failures}, 100 * failed / MAX([received, failed]), 0)"
      threshold  = var.thresholds.error_rate_percent, period = 300, periods = 1
      metrics = {
        failed   = { namespace = var.metrics_namespace, metric = "JobsFailed-${var.service}", dimensions = {}, statistic = "Sum" }
        received = { namespace = "AWS/SQS", metric = "NumberOfMessagesReceived", dimensions = local.in_queue, statistic = "Sum" }
      }
    }
    # Ten minutes: waking from zero, or a deployment's first task, takes one to three.
    "no-consumers" = {
      says       = "Messages wait, and no task has run for 10 minutes."
      expression = "IF(waiting > 0 AND SUM([running, waiting * 0]) < 1, 1, 0)"
      threshold  = 0, period = 60, periods = 10
      metrics = {
        waiting = merge(local.visible, { statistic = "Minimum" })
        running = merge(local.running, { statistic = "Maximum" })
      }
    }
    # The collector's health check stays green while its exports fail; only what arrives proves that telemetry works. Tasks must
    # have run through both periods, so a start, a wake-up or the last minute of a task is no alarm.
    "no-heartbeat" = {
      says       = "Tasks run, and none has sent a heartbeat for 10 minutes: telemetry is blind."
      expression = "IF(running > 0, IF(SUM([beats, running * 0]) < 1, 1, 0), 0)"
      threshold  = 0, period = 300, periods = 2
      metrics = {
        running = merge(local.running, { statistic = "Minimum" })
        beats   = { namespace = var.metrics_namespace, metric = "jobs.heartbeat", dimensions = local.in_telemetry, statistic = "Sum" }
      }
    }
    }, {
    # A call that fails once is tried again at once: one throttled second is no alarm. While the table is away a task asks for it twice a minute.
    for name in var.job_table != null ? ["job-records-unwritten"] : [] : name => {
      says       = "More than ${var.thresholds.job_records_unwritten} calls of job records failed in 5 minutes; while none succeeds, receiving pauses."
      expression = "SUM([${join(", ", local.record_calls)}])"
      threshold  = var.thresholds.job_records_unwritten, period = 300, periods = 1
      metrics = {
        for operation in local.record_calls : operation => merge(local.records, {
          statistic = "Sum", dimensions = merge(local.in_records, { "jobs.operation" = operation })
        })
      }
    }
    }, {
    # What failed waits in memory and is tried again: one throttled second is no alarm. What is lost is one, each for itself.
    for name in var.event_bus != null ? ["job-events-unsent"] : [] : name => {
      says       = "An event of a job's end is lost, or more than ${var.thresholds.job_events_unsent} were not taken in 5 minutes; no job waits for that."
      expression = "SUM([failed, lost * ${var.thresholds.job_events_unsent + 1}])"
      threshold  = var.thresholds.job_events_unsent, period = 300, periods = 1
      metrics = {
        failed = merge(local.records, { statistic = "Sum", dimensions = merge(local.in_records, { "jobs.operation" = "event" }) })
        lost   = { namespace = var.metrics_namespace, metric = "jobs.events_lost", dimensions = local.in_telemetry, statistic = "Sum" }
      }
    }
  })
}

resource "aws_cloudwatch_metric_alarm" "math" {
  for_each = local.math_alarms

  alarm_name          = "${local.alarm_prefix}-${each.key}"
  alarm_description   = "${var.service}: ${each.value.says} ${local.alarm_link}#${each.key}"
  evaluation_periods  = each.value.periods
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]

  metric_query {
    id          = "alarm"
    label       = each.key
    expression  = each.value.expression
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.metric
        dimensions  = metric_query.value.dimensions
        stat        = metric_query.value.statistic
        period      = each.value.period
      }
    }
  }
}

# One state for the whole service, for dashboards and for other systems. It notifies nobody: its members do.
resource "aws_cloudwatch_composite_alarm" "service" {
  count = var.composite_alarms ? 1 : 0

  alarm_name        = "${local.alarm_prefix}-service"
  alarm_description = "${var.service}: at least one of its alarms is on. ${local.alarm_link}#service"
  alarm_rule = join(" OR ", [
    for alarm in sort(concat(
      [for alarm in aws_cloudwatch_metric_alarm.metric : alarm.alarm_name],
      [for alarm in aws_cloudwatch_metric_alarm.math : alarm.alarm_name],
    )) : "ALARM(\"${alarm}\")"
  ])
}
