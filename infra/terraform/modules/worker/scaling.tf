# How many tasks: by work, not by traffic. Work is what is visible, in flight (also: hidden until its retry) and delayed; scaling in on
# visible messages alone would end tasks in the middle of their jobs.
#
# Queue metrics are not filled where they are missing: then CloudWatch does not know, and nothing is scaled by it. A queue that nobody has
# used for six hours has none, and may take 15 minutes to show its first message ("Monitoring Amazon SQS queues using CloudWatch").

locals {
  # Messages per task that are worked off within the acceptable time: each slot does one in seconds_per_job.
  backlog_per_task = var.scaling.acceptable_latency_seconds / var.scaling.seconds_per_job * var.settings.max_concurrency
  min_tasks        = coalesce(var.min_tasks, var.desired_count)

  # SUM leaves out what is missing: messages in flight and delayed are reported only while there are some ("Available CloudWatch metrics for Amazon SQS").
  work = "SUM([visible, in_flight, delayed])"
  # 0 where ECS reports no task. Container Insights comes minutes late: until then the last known count holds, or each late minute would read as none.
  tasks        = "SUM([FILL(running, REPEAT), visible * 0])"
  is_scheduled = length(var.scaling.schedules) > 0
  scaled = {
    service_namespace  = "ecs"
    resource_id        = "service/${var.cluster_name}/${aws_ecs_service.this.name}"
    scalable_dimension = "ecs:service:DesiredCount"
  }
  target = one(concat(aws_appautoscaling_target.this, aws_appautoscaling_target.scheduled))
  scaling_metrics = {
    visible   = merge(local.visible, { statistic = "Maximum" })
    in_flight = { namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesNotVisible", dimensions = local.in_queue, statistic = "Maximum" }
    delayed   = { namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesDelayed", dimensions = local.in_queue, statistic = "Maximum" }
    running   = merge(local.running, { statistic = "Average" })
  }
}

# The same target in two variants, since ignore_changes knows no condition: with schedules its limits are theirs, and an apply would undo what they did.
# A service has one of them. The first schedule, and the last one's end, make the one of the other: in the state only, where it is moved first (jobdeploy
# does, docs/howto/deploy.md), otherwise by an exchange. A `moved` block cannot: Terraform refuses it while its "from" is still declared.
resource "aws_appautoscaling_target" "this" {
  count = local.is_scheduled ? 0 : 1

  service_namespace  = local.scaled.service_namespace
  resource_id        = local.scaled.resource_id
  scalable_dimension = local.scaled.scalable_dimension
  min_capacity       = local.min_tasks
  max_capacity       = var.max_tasks
}

resource "aws_appautoscaling_target" "scheduled" {
  count = local.is_scheduled ? 1 : 0

  service_namespace  = local.scaled.service_namespace
  resource_id        = local.scaled.resource_id
  scalable_dimension = local.scaled.scalable_dimension
  min_capacity       = local.min_tasks
  max_capacity       = var.max_tasks

  lifecycle {
    ignore_changes = [min_capacity, max_capacity]
  }

  depends_on = [aws_appautoscaling_target.this] # where nobody moved it: that one goes before this one comes
}

resource "aws_appautoscaling_policy" "backlog" {
  name               = "${local.full_name}-backlog-per-task"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = local.target.service_namespace
  resource_id        = local.target.id # which is its resource_id, and unknown while it is made anew: then this is too
  scalable_dimension = local.target.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = local.backlog_per_task
    scale_in_cooldown  = var.scaling.scale_in_cooldown_seconds
    scale_out_cooldown = var.scaling.scale_out_cooldown_seconds

    customized_metric_specification {
      metrics {
        id          = "backlog_per_task"
        label       = "messages per running task"
        expression  = "IF(${local.tasks} > 0, ${local.work} / ${local.tasks}, ${local.work})"
        return_data = true
      }

      dynamic "metrics" {
        for_each = local.scaling_metrics

        content {
          id          = metrics.key
          return_data = false

          metric_stat {
            stat = metrics.value.statistic

            metric {
              namespace   = metrics.value.namespace
              metric_name = metrics.value.metric

              dynamic "dimensions" {
                for_each = metrics.value.dimensions

                content {
                  name  = dimensions.key
                  value = dimensions.value
                }
              }
            }
          }
        }
      }
    }
  }
}

resource "aws_appautoscaling_scheduled_action" "this" {
  for_each = var.scaling.schedules

  name               = "${local.full_name}-${each.key}"
  service_namespace  = local.target.service_namespace
  resource_id        = local.target.id
  scalable_dimension = local.target.scalable_dimension
  schedule           = each.value.schedule
  timezone           = each.value.timezone

  scalable_target_action {
    min_capacity = each.value.min_tasks
    max_capacity = each.value.max_tasks
  }
}
