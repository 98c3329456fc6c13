# What the jobs command reads.

mock_provider "aws" {
  source = "../../testing"
}

variables {
  project_name = "p"
  environment  = "dev"
  aws_region   = "us-east-1"
  cluster_name = "p-dev-cluster"
  services = {
    "main-job" = {
      ecs_service       = "p-dev-main-job-service"
      log_group         = "/ecs/p-dev/main-job"
      log_stream_prefix = "main-job/main-job/"
      job_logs          = false
      receives          = "main-job-triggers"
      sends             = ["background-jobs"]
      queue_url         = "https://sqs.us-east-1.amazonaws.com/123456789012/p-dev-main-job-triggers"
      dead_letter_url   = "https://sqs.us-east-1.amazonaws.com/123456789012/p-dev-main-job-triggers-dlq"
    }
  }
  log_group_names   = { ecs = "/ecs/p-dev", metrics = "/ecs/p-dev/metrics" }
  metrics_namespace = "p-dev"
  kms_key_arn       = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  alarm_prefix      = "p-dev-"
  dashboard_name    = "p-dev"
  xray_group_name   = "p-dev"
}

run "by_default" {
  # One parameter says where everything is.
  assert {
    condition     = aws_ssm_parameter.stack.name == "/p/dev/stack" && aws_ssm_parameter.stack.type == "String" && aws_ssm_parameter.stack.tier == "Standard"
    error_message = "found by project and environment alone, at no cost"
  }
  assert {
    condition = jsondecode(aws_ssm_parameter.stack.insecure_value) == {
      format            = 1
      project           = "p"
      environment       = "dev"
      region            = "us-east-1"
      account           = "123456789012"
      cluster           = "p-dev-cluster"
      services          = jsondecode(jsonencode(var.services))
      log_groups        = { ecs = "/ecs/p-dev", metrics = "/ecs/p-dev/metrics" }
      metrics_namespace = "p-dev"
      kms_key_arn       = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      job_table         = null
      alarm_prefix      = "p-dev-"
      dashboard         = "p-dev"
      xray_group        = "p-dev"
      paused_parameter  = "/p/dev/paused"
    }
    error_message = "these names are the format; whoever takes one away raises its number"
  }

  # No service is paused at first.
  assert {
    condition     = aws_ssm_parameter.paused.name == "/p/dev/paused" && aws_ssm_parameter.paused.insecure_value == "{}"
    error_message = "what operators write later, Terraform leaves"
  }
}

run "more_services_than_a_standard_parameter_holds_get_an_advanced_one" {
  variables {
    services = { for number in range(20) : "service-${number}" => {
      ecs_service       = "p-dev-service-${number}-service"
      log_group         = "/ecs/p-dev/service-${number}"
      log_stream_prefix = "service-${number}/service-${number}/"
      job_logs          = true
      receives          = "queue-${number}"
      sends             = []
      queue_url         = "https://sqs.us-east-1.amazonaws.com/123456789012/p-dev-queue-${number}"
      dead_letter_url   = "https://sqs.us-east-1.amazonaws.com/123456789012/p-dev-queue-${number}-dlq"
    } }
  }
  assert {
    condition     = aws_ssm_parameter.stack.tier == "Advanced"
    error_message = "4,096 bytes are not enough"
  }
}

run "a_name_that_parameter_store_refuses_is_refused_before" {
  command = plan
  variables {
    project_name = "aws-jobs"
  }
  expect_failures = [var.project_name]
}
