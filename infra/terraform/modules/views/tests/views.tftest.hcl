# What people see: every name is this stack's.

mock_provider "aws" {
  source = "../../testing"
}

variables {
  name               = "p-dev"
  project_name       = "p"
  environment        = "dev"
  aws_region         = "us-east-1"
  cluster_name       = "p-dev-cluster"
  metrics_namespace  = "p-dev"
  ecs_log_group_name = "/ecs/p-dev"
  services = {
    "main-job" = {
      ecs_service_name = "p-dev-main-job-service"
      log_group_name   = "/ecs/p-dev/main-job"
      job_logs         = false
      queue_name       = "p-dev-main-job-triggers"
      dead_letter_name = "p-dev-main-job-triggers-dlq"
      alarm_arns       = ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:p-dev-main-job-cpu"]
      thresholds       = { queue_depth = 50, queue_age_seconds = 900, dead_letters = 0, cpu_percent = 80, stuck_slots = 0, job_logs_undelivered = 0 }
    }
    "background-job" = {
      ecs_service_name = "p-dev-background-job-service"
      log_group_name   = "/ecs/p-dev/background-job"
      job_logs         = true
      queue_name       = "p-dev-background-jobs"
      dead_letter_name = "p-dev-background-jobs-dlq"
      alarm_arns       = ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:p-dev-background-job-cpu"]
      thresholds       = { queue_depth = 77, queue_age_seconds = 900, dead_letters = 0, cpu_percent = 80, stuck_slots = 0, job_logs_undelivered = 0 }
    }
  }
}

run "the_group_holds_the_services_traces" {
  assert {
    condition     = aws_xray_group.this.group_name == "p-dev" && aws_xray_group.this.filter_expression == "service(\"background-job\") OR service(\"main-job\")"
    error_message = "by the names of their segments"
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

run "queries_are_saved_over_the_groups_that_hold_their_fields" {
  assert {
    condition = alltrue([for name, groups in {
      "failures by type" = ["/ecs/p-dev/background-job", "/ecs/p-dev/main-job"]
      "stopped tasks"    = ["/ecs/p-dev"]
      "log of one task"  = ["/ecs/p-dev/background-job", "/ecs/p-dev/main-job", "/ecs/p-dev"]
      } : aws_cloudwatch_query_definition.this[name].name == "p-dev/${name}" && aws_cloudwatch_query_definition.this[name].log_group_names == tolist(groups)
    ])
    error_message = "services, ECS, or both"
  }
}

run "the_dashboard_begins_with_the_alarms_of_every_service" {
  assert {
    condition = jsonencode([jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[0].type, jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[0].properties.alarms]) == jsonencode([
      "alarm", ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:p-dev-background-job-cpu", "arn:aws:cloudwatch:us-east-1:123456789012:alarm:p-dev-main-job-cpu"],
    ])
    error_message = "is it healthy?"
  }
}

run "each_service_has_its_panels_under_its_own_names" {
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
    condition     = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : split(":", widget.properties.title)[0] if strcontains(try(widget.properties.title, ""), "Job logs a minute")] == ["background-job"]
    error_message = "a panel of job logs where there are some"
  }
}

run "no_panel_lies_on_another" {
  assert {
    condition = length(distinct([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : "${widget.x},${widget.y}"])) == length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) && alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.x + widget.width <= 24
    ])
    error_message = "a place each, within the 24 columns"
  }
}

run "log_panels_name_their_groups_and_need_no_comment" {
  assert {
    condition = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets :
      startswith(widget.properties.query, "SOURCE '/ecs/p-dev/background-job' | SOURCE '/ecs/p-dev/main-job' | filter ") && !strcontains(widget.properties.query, "#") if widget.type == "log"
    ])
    error_message = "a dashboard's query begins with its groups"
  }
}
