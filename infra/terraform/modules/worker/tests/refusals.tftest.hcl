# Each impossible combination is refused by name.

mock_provider "aws" {
  source = "../../testing"
}

variables {
  name             = "p-dev"
  service          = "background-job"
  environment_name = "dev"
  aws_region       = "us-east-1"
  cluster_name     = "p-dev-cluster"
  cluster_arn      = "arn:aws:ecs:us-east-1:123456789012:cluster/p-dev-cluster"
  queue = {
    name              = "p-dev-background-jobs"
    arn               = "arn:aws:sqs:us-east-1:123456789012:p-dev-background-jobs"
    dead_letter_name  = "p-dev-background-jobs-dlq"
    dead_letter_arn   = "arn:aws:sqs:us-east-1:123456789012:p-dev-background-jobs-dlq"
    lease_seconds     = 60
    max_receive_count = 10
  }
  job_logs               = true
  environment            = { BACKGROUND_JOBS_QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/p-dev-background-jobs" }
  kms_key_arn            = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  log_kms_key_arn        = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  ecs_log_group_name     = "/ecs/p-dev"
  metrics_log_group_name = "/ecs/p-dev/metrics"
  metrics_namespace      = "p-dev"
  subnet_ids             = ["subnet-0123456789abcdef0"]
  security_group_ids     = ["sg-0123456789abcdef0"]
  assign_public_ip       = false
  image                  = "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/background-job@sha256:1111111111111111111111111111111111111111111111111111111111111111"
  collector_image        = "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/collector@sha256:2222222222222222222222222222222222222222222222222222222222222222"
  collector_config       = "receivers: {}"
  alarm_topic_arn        = "arn:aws:sns:us-east-1:123456789012:p-dev-alerts"
}

run "memory_that_fargate_does_not_have" {
  command = plan
  variables {
    container_memory = 1536
  }
  expect_failures = [var.container_memory]
}

run "cpu_that_fargate_does_not_have" {
  command = plan
  variables {
    container_cpu = 300
  }
  expect_failures = [var.container_cpu]
}

run "every_size_of_fargate_is_taken" {
  command = plan
  variables {
    container_cpu    = 4096
    container_memory = 30720
  }
}

run "a_tag_instead_of_a_digest" {
  command = plan
  variables {
    image           = "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/background-job:latest"
    collector_image = "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0"
  }
  expect_failures = [var.image, var.collector_image]
}

run "a_drain_longer_than_the_stop_timeout" {
  command = plan
  variables {
    settings = { grace_seconds = 65 }
  }
  expect_failures = [var.settings]
}

run "stop_timeouts_longer_than_two_minutes_together" {
  command = plan
  variables {
    settings = { stop_timeout_seconds = 110 }
  }
  expect_failures = [var.settings]
}

run "a_lease_that_is_not_the_queues" {
  command = plan
  variables {
    settings = { lease_seconds = 30 }
  }
  expect_failures = [var.settings]
}

run "a_net_too_close_to_the_attempts" {
  command = plan
  variables {
    settings = { max_attempts = 6 }
  }
  expect_failures = [var.settings]
}

run "a_grace_shorter_than_a_poll" {
  command = plan
  variables {
    settings = { grace_seconds = 20 }
  }
  expect_failures = [var.settings]
}

run "a_setting_out_of_its_range" {
  command = plan
  variables {
    settings = { settle_calls = 65 }
  }
  expect_failures = [var.settings]
}

run "no_backlog_target" {
  command = plan
  variables {
    scaling = { acceptable_latency_seconds = 0 }
  }
  expect_failures = [var.scaling]
}

run "min_above_desired_and_desired_above_max" {
  command = plan
  variables {
    desired_count = 3
    min_tasks     = 4
    max_tasks     = 2
  }
  expect_failures = [var.min_tasks, var.max_tasks]
}

run "an_unknown_capacity_provider_and_architecture" {
  command = plan
  variables {
    capacity_providers = [{ name = "EC2" }]
    cpu_architecture   = "RISCV"
  }
  expect_failures = [var.capacity_providers, var.cpu_architecture]
}

run "a_collector_that_leaves_the_worker_no_memory" {
  command = plan
  variables {
    collector_memory = 300
  }
  expect_failures = [var.collector_memory]
}

run "a_collector_configuration_that_is_no_map" {
  command = plan
  variables {
    collector_config = "- a list"
  }
  expect_failures = [var.collector_config]
}

run "a_threshold_that_is_never_crossed" {
  command = plan
  variables {
    thresholds = { cpu_percent = 100 }
  }
  expect_failures = [var.thresholds]
}
