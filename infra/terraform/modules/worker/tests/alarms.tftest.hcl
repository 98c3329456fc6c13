# Alarms and scaling: right at zero tasks, and in a deployment.

mock_provider "aws" {
  source = "../../testing"
}

run "by_default" {
  # Every alarm says how it treats missing data and where to read on.
  assert {
    condition = alltrue([for alarm in concat(values(aws_cloudwatch_metric_alarm.metric), values(aws_cloudwatch_metric_alarm.math)) :
      alarm.treat_missing_data == "notBreaching" && can(regex("docs/alarms\\.md#[a-z-]+$", alarm.alarm_description)) &&
      alarm.alarm_actions == toset([var.alarm_topic_arn])
    ])
    error_message = "missing data, runbook and topic must be on each alarm"
  }
  assert {
    condition = toset(concat(keys(aws_cloudwatch_metric_alarm.metric), keys(aws_cloudwatch_metric_alarm.math))) == toset([
      "error-count", "error-rate", "failing-tasks", "cpu", "memory", "queue-depth", "queue-age", "dead-letters",
      "stuck-slots", "unsupported-jobs", "job-logs-undelivered", "no-consumers", "no-heartbeat",
    ])
    error_message = "the alarms that docs/alarms.md explains"
  }
  assert {
    condition     = alltrue([for name in concat(keys(aws_cloudwatch_metric_alarm.metric), keys(aws_cloudwatch_metric_alarm.math), ["deployment-failed", "service", "wake-and-sleep"]) : strcontains(file("../../../../docs/alarms.md"), "\n## ${name}\n")])
    error_message = "each alarm needs its heading in docs/alarms.md"
  }

  # Errors are counted by event, not by line.
  assert {
    condition     = aws_cloudwatch_log_metric_filter.job_failed.pattern == "{ $.event = \"job.failed\" }"
    error_message = "one record per failed attempt"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["error-count"].threshold == 5 && aws_cloudwatch_metric_alarm.metric["error-count"].period == 300
    error_message = "more than 5 in 5 minutes"
  }

  # CPU and memory are the service's, for ten minutes.
  assert {
    condition = alltrue([for name, metric in { cpu = "CPUUtilization", memory = "MemoryUtilization" } :
      aws_cloudwatch_metric_alarm.metric[name].namespace == "AWS/ECS" && aws_cloudwatch_metric_alarm.metric[name].metric_name == metric &&
      aws_cloudwatch_metric_alarm.metric[name].period * aws_cloudwatch_metric_alarm.metric[name].evaluation_periods == 600 &&
      aws_cloudwatch_metric_alarm.metric[name].dimensions == tomap({ ClusterName = "p-dev-cluster", ServiceName = "p-dev-background-job-service" })
    ])
    error_message = "AWS/ECS, both dimensions, ten minutes"
  }

  # By default the service never sleeps.
  assert {
    condition     = aws_appautoscaling_target.this[0].min_capacity == 1 && length(aws_appautoscaling_policy.zero) == 0
    error_message = "min_tasks is desired_count unless it is set"
  }
}

run "with_a_table_an_alarm_says_that_records_cannot_be_written" {
  variables {
    job_table = {
      name        = "p-dev-jobs"
      arn         = "arn:aws:dynamodb:us-east-1:123456789012:table/p-dev-jobs"
      kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    }
  }
  assert {
    condition = toset([
      for query in aws_cloudwatch_metric_alarm.math["job-records-unwritten"].metric_query : query.metric[0].dimensions["jobs.operation"] if length(query.metric) > 0
    ]) == toset(["queued", "begin", "beat", "step", "record", "check"])
    error_message = "every call of a record or a step, and the probe while there is none"
  }
  assert {
    condition     = strcontains(file("../../../../docs/alarms.md"), "\n## job-records-unwritten\n") && strcontains(aws_cloudwatch_composite_alarm.service[0].alarm_rule, "job-records-unwritten")
    error_message = "its heading in docs/alarms.md, and a member of the service's alarm"
  }
}

run "with_a_bus_an_alarm_says_that_an_event_is_lost" {
  variables {
    event_bus = { name = "p-dev", arn = "arn:aws:events:us-east-1:123456789012:event-bus/p-dev" }
  }
  assert {
    condition = toset([
      for query in aws_cloudwatch_metric_alarm.math["job-events-unsent"].metric_query : "${query.metric[0].metric_name} ${lookup(query.metric[0].dimensions, "jobs.operation", "")}" if length(query.metric) > 0
    ]) == toset(["jobs.settle_failures event", "jobs.events_lost "])
    error_message = "what waits in memory, and what is given up"
  }
  assert {
    condition     = [for query in aws_cloudwatch_metric_alarm.math["job-events-unsent"].metric_query : query.expression if query.expression != null] == ["SUM([failed, lost * 21])"]
    error_message = "one lost event is enough"
  }
  assert {
    condition     = strcontains(file("../../../../docs/alarms.md"), "\n## job-events-unsent\n") && strcontains(aws_cloudwatch_composite_alarm.service[0].alarm_rule, "job-events-unsent")
    error_message = "its heading in docs/alarms.md, and a member of the service's alarm"
  }
}

run "the_backlog_counts_what_is_in_flight_and_is_safe_at_zero_tasks" {
  variables {
    scaling = { acceptable_latency_seconds = 120, seconds_per_job = 4 }
  }
  assert {
    condition     = aws_appautoscaling_policy.backlog.target_tracking_scaling_policy_configuration[0].target_value == 300
    error_message = "120 s / 4 s a job * 10 slots"
  }
  assert {
    condition = [for metric in aws_appautoscaling_policy.backlog.target_tracking_scaling_policy_configuration[0].customized_metric_specification[0].metrics : metric.expression if metric.return_data] == [
      "IF(SUM([FILL(running, REPEAT), visible * 0]) > 0, SUM([visible, in_flight, delayed]) / SUM([FILL(running, REPEAT), visible * 0]), SUM([visible, in_flight, delayed]))",
    ]
    error_message = "never on visible messages alone; no division by zero tasks"
  }
}

run "from_zero_and_to_zero_on_all_work" {
  variables {
    min_tasks = 0
  }
  assert {
    condition     = aws_appautoscaling_target.this[0].min_capacity == 0 && toset(keys(aws_appautoscaling_policy.zero)) == toset(["wake", "sleep"])
    error_message = "wake and sleep"
  }
  assert {
    condition = alltrue([for alarm in values(aws_cloudwatch_metric_alarm.zero) :
      length([for query in alarm.metric_query : query if query.expression != null && can(regex("visible.*, in_flight, delayed", coalesce(query.expression, "-")))]) == 1
    ])
    error_message = "visible + in flight + delayed"
  }
  assert {
    condition     = aws_appautoscaling_policy.zero["sleep"].step_scaling_policy_configuration[0].adjustment_type == "ExactCapacity" && aws_cloudwatch_metric_alarm.zero["sleep"].evaluation_periods == 15
    error_message = "to zero after 15 idle minutes"
  }
  assert {
    condition = { for name, alarm in aws_cloudwatch_metric_alarm.zero : name => [alarm.datapoints_to_alarm, alarm.evaluation_periods] } == {
      wake = [2, 3], sleep = [15, 15]
    }
    error_message = "one late minute starts no task, and one minute with work keeps the last"
  }
}

run "a_schedule_that_leads_to_zero_leads_back_too" {
  variables {
    min_tasks = 1
    scaling = { schedules = {
      day   = { schedule = "cron(0 6 * * ? *)", min_tasks = 1, max_tasks = 10 }
      night = { schedule = "cron(0 20 * * ? *)", min_tasks = 0, max_tasks = 3 }
    } }
  }
  assert {
    condition     = toset(keys(aws_appautoscaling_policy.zero)) == toset(["wake", "sleep"])
    error_message = "without wake the service would stay at zero"
  }
  assert {
    condition     = length(aws_appautoscaling_target.this) == 0 && length(aws_appautoscaling_target.scheduled) == 1 && toset(keys(aws_appautoscaling_scheduled_action.this)) == toset(["day", "night"])
    error_message = "the target whose limits are the schedules'"
  }
}

run "a_limit_that_a_schedule_changed_is_left" {
  command = plan
  variables {
    min_tasks = 0
    max_tasks = 3
    scaling = { schedules = {
      day   = { schedule = "cron(0 6 * * ? *)", min_tasks = 1, max_tasks = 10 }
      night = { schedule = "cron(0 20 * * ? *)", min_tasks = 0, max_tasks = 3 }
    } }
  }
  assert {
    condition     = aws_appautoscaling_target.scheduled[0].min_capacity == 1 && aws_appautoscaling_target.scheduled[0].max_capacity == 10
    error_message = "whatever min_tasks and max_tasks say: they count at the first apply"
  }
}

run "without_composite_alarms_the_others_stay" {
  variables {
    composite_alarms = false
  }
  assert {
    condition     = length(aws_cloudwatch_composite_alarm.service) == 0 && length(aws_cloudwatch_metric_alarm.metric) == 10
    error_message = "only the composite alarm is left out"
  }
}
