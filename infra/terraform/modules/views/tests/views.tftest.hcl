# What people see: every name is this stack's.

mock_provider "aws" {
  source = "../../testing"
}

variables {
  name                    = "p-dev"
  project_name            = "p"
  environment             = "dev"
  aws_region              = "us-east-1"
  cluster_name            = "p-dev-cluster"
  metrics_namespace       = "p-dev"
  ecs_log_group_name      = "/ecs/p-dev"
  insights_log_group_name = "/aws/ecs/containerinsights/p-dev-cluster/performance"
  services = {
    "main-job" = {
      ecs_service_name = "p-dev-main-job-service"
      log_group_name   = "/ecs/p-dev/main-job"
      job_logs         = false
      queue_name       = "p-dev-main-job-triggers"
      dead_letter_name = "p-dev-main-job-triggers-dlq"
      alarm_arns       = ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:p-dev-main-job-cpu"]
      thresholds       = { error_count = 5, error_rate_percent = 50, error_rate_min_failures = 5, failing_tasks = 2, queue_depth = 50, queue_age_seconds = 900, dead_letters = 0, cpu_percent = 80, memory_percent = 80, stuck_slots = 0, job_logs_undelivered = 0 }
    }
    "background-job" = {
      ecs_service_name = "p-dev-background-job-service"
      log_group_name   = "/ecs/p-dev/background-job"
      job_logs         = true
      queue_name       = "p-dev-background-jobs"
      dead_letter_name = "p-dev-background-jobs-dlq"
      alarm_arns       = ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:p-dev-background-job-cpu"]
      thresholds       = { error_count = 5, error_rate_percent = 60, error_rate_min_failures = 7, failing_tasks = 2, queue_depth = 77, queue_age_seconds = 900, dead_letters = 0, cpu_percent = 80, memory_percent = 85, stuck_slots = 0, job_logs_undelivered = 0 }
    }
  }
}

run "by_default" {
  # The group holds the services' traces.
  assert {
    condition     = aws_xray_group.this.group_name == "p-dev" && aws_xray_group.this.filter_expression == "annotation[messaging.destination.name] = \"p-dev-background-jobs\" OR annotation[messaging.destination.name] = \"p-dev-main-job-triggers\""
    error_message = "by this stack's queues: another environment has services of the same names"
  }

  # Queries are saved over the groups that hold their fields.
  assert {
    condition = alltrue([for name, groups in {
      "failures by type" = ["/ecs/p-dev/background-job", "/ecs/p-dev/main-job"]
      "stopped tasks"    = ["/ecs/p-dev"]
      "log of one task"  = ["/ecs/p-dev/background-job", "/ecs/p-dev/main-job", "/ecs/p-dev"]
      } : aws_cloudwatch_query_definition.this[name].name == "p-dev/${name}" && aws_cloudwatch_query_definition.this[name].log_group_names == tolist(groups)
    ])
    error_message = "services, ECS, or both"
  }

  # The dashboard begins with the alarms of every service.
  assert {
    condition = jsonencode([jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[0].type, jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[0].properties.alarms]) == jsonencode([
      "alarm", ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:p-dev-background-job-cpu", "arn:aws:cloudwatch:us-east-1:123456789012:alarm:p-dev-main-job-cpu"],
    ])
    error_message = "is it healthy?"
  }

  # Each service has its panels under its own names.
  assert {
    condition = jsonencode([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.metrics if startswith(try(widget.properties.title, ""), "background-job: Dead letters.")]) == jsonencode([
      [["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "p-dev-background-jobs-dlq", { label = "waiting for a decision", stat = "Maximum" }]]
    ])
    error_message = "a queue by its name"
  }
  assert {
    condition = jsonencode([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.metrics if startswith(try(widget.properties.title, ""), "main-job: Rejected")]) == jsonencode([
      [[{
        expression = "SEARCH('{\"p-dev\",\"jobs.reject_reason\",\"messaging.destination.name\"} MetricName=\"jobs.rejects\" \"messaging.destination.name\"=\"p-dev-main-job-triggers\"', 'Sum', 60)"
        label      = "$${PROP('Dim.jobs.reject_reason')}"
      }]]
    ])
    error_message = "a series for each reason"
  }
  assert {
    condition     = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.annotations.horizontal[0].value if startswith(try(widget.properties.title, ""), "background-job: Messages in the queue")] == [77]
    error_message = "the line is the alarm's own threshold"
  }
  assert {
    condition     = !can(regex("[^$]\\{[a-z_]+\\}", aws_cloudwatch_dashboard.this.dashboard_body))
    error_message = "nothing is left in braces"
  }
  assert {
    condition     = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : split(":", widget.properties.title)[0] if strcontains(try(widget.properties.title, ""), "Job logs in 5 minutes")] == ["background-job"]
    error_message = "a panel of job logs where there are some"
  }

  # No panel lies on another.
  assert {
    condition = length(distinct([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : "${widget.x},${widget.y}"])) == length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) && alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.x + widget.width <= 24
    ])
    error_message = "a place each, within the 24 columns"
  }

  # The first row asks the three questions of all services.
  assert {
    condition = [for widget in slice(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets, 3, 6) : "${widget.y}: ${split(". ", widget.properties.title)[1]}"] == [
      "5: Is it healthy?", "5: Is it keeping up?", "5: Is anything dead?"
    ]
    error_message = "healthy, keeping up, dead"
  }
  assert {
    condition = jsonencode(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[3].properties.metrics) == jsonencode([
      ["p-dev", "JobsFailed-background-job", { id = "failed_background_job", stat = "Sum", visible = false }],
      ["AWS/SQS", "NumberOfMessagesReceived", "QueueName", "p-dev-background-jobs", { id = "received_background_job", stat = "Sum", visible = false }],
      [{ expression = "IF(failed_background_job >= 7, 100 * failed_background_job / MAX([received_background_job, failed_background_job]), 0)", label = "background-job" }],
      ["p-dev", "JobsFailed-main-job", { id = "failed_main_job", stat = "Sum", visible = false }],
      ["AWS/SQS", "NumberOfMessagesReceived", "QueueName", "p-dev-main-job-triggers", { id = "received_main_job", stat = "Sum", visible = false }],
      [{ expression = "IF(failed_main_job >= 5, 100 * failed_main_job / MAX([received_main_job, failed_main_job]), 0)", label = "main-job" }],
    ])
    error_message = "the alarm's own rate, with each service's own least number of failures"
  }
  assert {
    condition = jsonencode(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[3].properties.annotations.horizontal) == jsonencode([
      { label = "error_rate_percent of main-job", value = 50 }, { label = "error_rate_percent of background-job", value = 60 },
      ]) && jsonencode(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[4].properties.annotations.horizontal) == jsonencode([
      { label = "queue_age_seconds", value = 900 },
    ])
    error_message = "one line where services agree, one each where they do not"
  }

  # The second row leads to alarms, queries and traces.
  assert {
    condition = jsonencode(regexall("\\]\\(([^)]+)\\)", jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[1].properties.markdown)) == jsonencode([
      ["https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#alarmsV2:?search=p-dev"],
      ["https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:logs-insights"],
      ["https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#xray:traces/query"],
    ])
    error_message = "from one view to another"
  }

  # Sections follow each other under their headings.
  assert {
    condition = jsonencode([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : trimprefix(widget.properties.markdown, "## ") if startswith(try(widget.properties.markdown, ""), "## ")]) == jsonencode([
      "Now", "Queue: background-job", "Queue: main-job", "Service: background-job", "Service: main-job", "Job types",
      "Task and collector: background-job", "Task and collector: main-job", "Containers", "Deployments: background-job", "Deployments: main-job", "Events",
    ])
    error_message = "now, queues, services, job types, tasks and collectors, deployments"
  }
  assert {
    condition = alltrue([
      for number, widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets :
      number == 0 ? true : widget.y >= jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[number - 1].y
    ])
    error_message = "from top to bottom"
  }

  # Log panels name their groups and need no comment.
  assert {
    condition = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets :
      can(regex("^(SOURCE '/[^']+' \\| )+filter ", widget.properties.query)) && !strcontains(widget.properties.query, "#") if widget.type == "log"
    ])
    error_message = "a dashboard's query begins with its groups"
  }
  assert {
    condition = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : split(" | ", widget.properties.query)[0] if startswith(try(widget.properties.title, ""), "Memory and CPU") || startswith(try(widget.properties.title, ""), "Failures") || startswith(try(widget.properties.title, ""), "Stopped")] == [
      "SOURCE '/ecs/p-dev/background-job'", "SOURCE '/aws/ecs/containerinsights/p-dev-cluster/performance'", "SOURCE '/ecs/p-dev'",
    ]
    error_message = "services', Container Insights' or ECS's"
  }
}

run "a_long_name_keeps_its_environment" {
  variables {
    name         = "message-driven-microservices-prod"
    project_name = "message-driven-microservices"
    environment  = "prod"
  }
  assert {
    condition     = aws_xray_group.this.group_name == "message-driven-microservice-prod" && length(aws_xray_group.this.group_name) == 32
    error_message = "X-Ray takes 32 characters"
  }
}
