# The wiring: names as users know them, and each service's own values.

mock_provider "aws" {
  source = "../testing"
}

variables {
  environment          = "dev"
  main_job_image       = "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/main-job@sha256:1111111111111111111111111111111111111111111111111111111111111111"
  background_job_image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/background-job@sha256:2222222222222222222222222222222222222222222222222222222222222222"
  collector_image      = "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/collector@sha256:3333333333333333333333333333333333333333333333333333333333333333"
}

run "names_are_those_of_the_documentation" {
  assert {
    condition = jsonencode([
      module.triggers.name, module.triggers.dead_letter_name, module.background_jobs.name, module.background_jobs.dead_letter_name,
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
}

run "one_service_can_differ" {
  command = plan
  variables {
    lease_seconds  = 120
    background_job = { container_cpu = 512, container_memory = 1024, min_tasks = 0, settings = { lease_seconds = 300 }, scaling = { seconds_per_job = 30 } }
  }
  assert {
    condition     = local.main_job.settings.lease_seconds == 120 && local.background_job.settings.lease_seconds == "300" && local.main_job.container_cpu == 256
    error_message = "its own values, else everybody's"
  }
}

run "an_unknown_setting_is_refused" {
  command = plan
  variables {
    main_job = { settings = { lease_second = 30 } }
  }
  expect_failures = [var.main_job]
}

run "names_that_are_too_long_or_odd_are_refused" {
  command = plan
  variables {
    environment = "Production"
    aws_region  = "virginia"
  }
  expect_failures = [var.environment, var.aws_region]
}
