# The wiring: names as users know them, and each service's own values.

mock_provider "aws" {
  source = "../testing"
}

variables {
  environment          = "dev"
  main_job_image       = "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/main-job@sha256:1111111111111111111111111111111111111111111111111111111111111111"
  background_job_image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/background-job@sha256:2222222222222222222222222222222222222222222222222222222222222222"
  collector_image      = "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/collector@sha256:3333333333333333333333333333333333333333333333333333333333333333"
  # A further service has its image here by its folder, so that these tests need no line for it.
  service_images = {
    for file in fileset("../../../services", "*/pyproject.toml") : dirname(file) => "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/${dirname(file)}@sha256:4444444444444444444444444444444444444444444444444444444444444444"
    if !contains(["main-job", "background-job"], dirname(file))
  }
}

run "by_default" {
  # Names are those of the documentation.
  assert {
    condition = jsonencode([
      module.queue["main-job-triggers"].name, module.queue["main-job-triggers"].dead_letter_name, module.queue["background-jobs"].name, module.queue["background-jobs"].dead_letter_name,
      output.ecs_cluster_name, output.ecs_main_job_service_name, output.ecs_background_job_service_name,
      output.cloudwatch_log_group_main_job, output.cloudwatch_log_group_background_job, output.cloudwatch_log_group_ecs,
      ]) == jsonencode([
      "message-driven-microservices-dev-main-job-triggers", "message-driven-microservices-dev-main-job-triggers-dlq",
      "message-driven-microservices-dev-background-jobs", "message-driven-microservices-dev-background-jobs-dlq",
      "message-driven-microservices-dev-cluster", "message-driven-microservices-dev-main-job-service", "message-driven-microservices-dev-background-job-service",
      "/ecs/message-driven-microservices-dev/main-job", "/ecs/message-driven-microservices-dev/background-job", "/ecs/message-driven-microservices-dev",
    ])
    error_message = "users know these names"
  }

  # All roles have the bootstrap's boundary.
  assert {
    condition     = local.boundary_arn == "arn:aws:iam::123456789012:policy/message-driven-microservices-boundary-us-east-1"
    error_message = "found by its name"
  }

  # A service is told its queues by their names and nobody else's.
  assert {
    condition = {
      for name, worker in module.worker : name => toset([
        for item in jsondecode(worker.container_definitions)[0].environment : item.name if endswith(item.name, "_URL") && !startswith(item.name, "OTEL_")
      ])
      } == {
      # for further queues in `sends`, too: these tests need no line for them
      for name, service in local.services : name => toset(concat(
        [for queue in concat([service.receives], service.sends) : "${upper(replace(queue, "-", "_"))}_QUEUE_URL"],
        ["${upper(replace(service.receives, "-", "_"))}_DLQ_URL"],
      ))
    }
    error_message = "what it receives from, with its dead letters, and what it sends to"
  }
  assert {
    condition = length(setsubtract(["MAIN_JOB_TRIGGERS_QUEUE_URL", "MAIN_JOB_TRIGGERS_DLQ_URL", "BACKGROUND_JOBS_QUEUE_URL"], [
      for item in jsondecode(module.worker["main-job"].container_definitions)[0].environment : item.name
    ])) == 0
    error_message = "users know these names"
  }

  # Each queue has its one receiver and its senders.
  assert {
    condition     = local.receivers["main-job-triggers"] == "main-job" && local.receivers["background-jobs"] == "background-job" && length(local.receivers) == length(local.services)
    error_message = "one each"
  }

  # The stack is found with everything that is in it.
  assert {
    condition     = output.ssm_stack_parameter_name == "/message-driven-microservices/dev/stack" && output.ssm_paused_parameter_name == "/message-driven-microservices/dev/paused"
    error_message = "by project and environment"
  }
  assert {
    condition     = length(module.discovery.stack) <= 4096 && keys(jsondecode(module.discovery.stack).services) == keys(local.services)
    error_message = "every service, in a standard parameter"
  }
  assert {
    condition = jsonencode(jsondecode(module.discovery.stack).services["main-job"]) == jsonencode({
      dead_letter_url   = module.queue["main-job-triggers"].dead_letter_url
      ecs_service       = "message-driven-microservices-dev-main-job-service"
      job_logs          = false
      log_group         = "/ecs/message-driven-microservices-dev/main-job"
      log_stream_prefix = "main-job/main-job/"
      queue_url         = module.queue["main-job-triggers"].url
      receives          = "main-job-triggers"
      sends             = local.services["main-job"].sends
    })
    error_message = "its service, its logs, its queue"
  }

  # Grafana has a role only where somebody may assume it.
  assert {
    condition     = output.iam_grafana_role_arn == null
    error_message = "none unless asked for"
  }
}

run "one_service_can_differ" {
  command = plan
  variables {
    lease_seconds  = 120
    background_job = { container_cpu = 512, container_memory = 1024, min_tasks = 0, settings = { lease_seconds = 300 }, environment = { CRM_URL = "https://crm.example.org" }, scaling = { seconds_per_job = 30 } }
  }
  assert {
    condition     = local.workers["main-job"].settings.lease_seconds == 120 && local.workers["background-job"].settings.lease_seconds == "300" && local.workers["main-job"].container_cpu == 256
    error_message = "its own values, else everybody's"
  }
  assert {
    condition = {
      for name in ["main-job", "background-job"] : name => strcontains(module.worker[name].container_definitions, "CRM_URL")
    } == { "main-job" = false, "background-job" = true }
    error_message = "its own environment, nobody else's"
  }
}

run "the_names_of_an_environment_are_known_before_an_apply" {
  command = plan
  variables {
    background_job = {
      environment = { CRM_URL = "https://crm.example.org", CRM_PROXY = "" }
      secrets     = { CRM_TOKEN = "arn:aws:ssm:us-east-1:123456789012:parameter/crm/token" }
    }
  }
  assert {
    condition = setintersection(output.environment_names["background-job"], [
      "CRM_URL", "CRM_PROXY", "CRM_TOKEN", "BACKGROUND_JOBS_DLQ_URL", "JOB_LOG_GROUP", "LEASE_SECONDS",
    ]) == toset(["CRM_URL", "CRM_TOKEN", "BACKGROUND_JOBS_DLQ_URL", "JOB_LOG_GROUP", "LEASE_SECONDS"])
    error_message = "values, secrets and what the stack sets; an empty value is none"
  }
}

run "with_job_records_there_is_a_table_that_every_service_is_told_of" {
  command = plan
  variables {
    job_records          = true
    create_vpc_endpoints = true
    vpc_id               = "vpc-0123456789abcdef0"
    subnet_ids           = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    route_table_ids      = ["rtb-0123456789abcdef0"]
  }
  assert {
    condition     = alltrue([for names in output.environment_names : contains(names, "JOB_TABLE")])
    error_message = "a main job writes of the jobs that it queues"
  }
  assert {
    condition     = length(module.job_records) == 1
    error_message = "the table"
  }
}

run "without_job_records_there_is_no_table" {
  command = plan
  assert {
    condition     = length(module.job_records) == 0 && !anytrue([for names in output.environment_names : contains(names, "JOB_TABLE") || contains(names, "JOB_EVENTS_BUS")])
    error_message = "it is optional"
  }
}

run "with_job_events_there_is_a_bus_that_every_service_is_told_of" {
  command = plan
  variables {
    job_events           = true
    create_vpc_endpoints = true
    vpc_id               = "vpc-0123456789abcdef0"
    subnet_ids           = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    route_table_ids      = ["rtb-0123456789abcdef0"]
  }
  assert {
    condition     = alltrue([for names in output.environment_names : contains(names, "JOB_EVENTS_BUS")]) && output.event_bus_name == "${var.project_name}-${var.environment}"
    error_message = "a trigger's end is one too"
  }
}

run "what_is_unknown_too_long_or_odd_is_refused" {
  command = plan
  variables {
    # an unknown setting
    main_job = { settings = { lease_second = 30 } }

    # names that are too long or odd
    environment = "Production"
    aws_region  = "virginia"

    # an image, values or producers of a service that is not declared
    service_images  = { "report-jop" = "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/x@sha256:4444444444444444444444444444444444444444444444444444444444444444" }
    service_values  = { "report-jop" = {} }
    queue_producers = { "background-jobs" = {}, "report-jops" = {} }
  }
  expect_failures = [var.main_job, var.environment, var.aws_region, var.service_images, var.service_values, var.queue_producers]
}

run "grafana_reads_the_groups_that_its_dashboard_queries" {
  variables {
    grafana_principal_arns = ["arn:aws:iam::123456789012:role/grafana"]
  }
  assert {
    condition = output.iam_grafana_role_arn != null && toset(jsondecode(module.grafana.policy).Statement[0].Resource) == toset([
      for name in concat([for worker in module.worker : worker.log_group_name], [output.cloudwatch_log_group_ecs, local.shared_log_group_names.insights]) :
      "arn:aws:logs:us-east-1:123456789012:log-group:${name}:*"
    ])
    error_message = "services', ECS's and Container Insights' groups"
  }
}
