# From zero and to zero, where min_tasks is 0, or a schedule's. Target tracking multiplies the tasks that run, so it cannot leave zero by itself.
# Metrics come one to three minutes late; tools/devkit/tests/test_metric_math.py feeds these expressions such series.

locals {
  zero = {
    for name, step in {
      # As soon as two of three minutes have work and no task. +1 and not "exactly one": while the first task starts, target tracking may have asked for more.
      wake = { says = "There is work and no task.", expression = "IF(${local.work} > 0 AND ${local.tasks} < 1, 1, 0)", minutes = 3, of_them = 2
      type = "ChangeInCapacity", change = 1 }
      # A late minute repeats what was visible before: a missing point would not count as idle.
      sleep = { says = "There has been no work.", expression = "IF(SUM([FILL(visible, REPEAT), in_flight, delayed]) < 1 AND ${local.tasks} > 0, 1, 0)"
      minutes = var.scaling.idle_minutes, of_them = var.scaling.idle_minutes, type = "ExactCapacity", change = 0 }
    } : name => step if min(local.min_tasks, [for item in values(var.scaling.schedules) : item.min_tasks]...) == 0
  }
}

resource "aws_appautoscaling_policy" "zero" {
  for_each = local.zero

  name               = "${local.full_name}-${each.key}"
  policy_type        = "StepScaling"
  service_namespace  = local.target.service_namespace
  resource_id        = local.target.id
  scalable_dimension = local.target.scalable_dimension

  step_scaling_policy_configuration {
    adjustment_type         = each.value.type
    metric_aggregation_type = "Maximum"
    cooldown                = 180 # a Fargate task needs one to two minutes to start

    step_adjustment {
      metric_interval_lower_bound = "0"
      scaling_adjustment          = each.value.change
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "zero" {
  for_each = local.zero

  alarm_name          = "${local.alarm_prefix}-${each.key}"
  alarm_description   = "${var.service}: ${each.value.says} Scales; notifies nobody. ${local.alarm_link}#wake-and-sleep"
  evaluation_periods  = each.value.minutes
  datapoints_to_alarm = each.value.of_them
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_appautoscaling_policy.zero[each.key].arn]

  metric_query {
    id          = "alarm"
    label       = each.key
    expression  = each.value.expression
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.scaling_metrics

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.metric
        dimensions  = metric_query.value.dimensions
        stat        = metric_query.value.statistic
        period      = 60
      }
    }
  }
}
