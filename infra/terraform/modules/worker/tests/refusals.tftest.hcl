# Each impossible combination is refused by name.

mock_provider "aws" {
  source = "../../testing"
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

run "a_limit_that_no_schedule_has" {
  command = plan
  variables {
    max_tasks = 20
    scaling   = { schedules = { day = { schedule = "cron(0 6 * * ? *)", min_tasks = 1, max_tasks = 10 } } }
  }
  expect_failures = [var.scaling]
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

run "desired_count_follows_min_tasks_up" {
  command = plan
  variables {
    desired_count = 4
    min_tasks     = 4
  }
}

run "a_sampler_that_the_sdk_does_not_have" {
  command = plan
  variables {
    otel_traces_sampler = "ratio"
  }
  expect_failures = [var.otel_traces_sampler]
}

run "a_share_of_more_than_all" {
  command = plan
  variables {
    otel_traces_sampler     = "traceidratio"
    otel_traces_sampler_arg = 10
  }
  expect_failures = [var.otel_traces_sampler_arg]
}

run "a_share_for_a_sampler_that_takes_none" {
  command = plan
  variables {
    otel_traces_sampler_arg = 0.1
  }
  expect_failures = [var.otel_traces_sampler_arg]
}

run "metrics_too_rare_for_the_heartbeat_alarm" {
  command = plan
  variables {
    otel_metric_export_interval = 150000
  }
  expect_failures = [var.otel_metric_export_interval]
}

run "a_secret_by_a_part_of_its_name" {
  command = plan
  variables {
    secrets = { PASSWORD = "arn:aws:secretsmanager:us-east-1:123456789012:secret:p/database" }
  }
  expect_failures = [var.secrets]
}

run "all_secrets_at_once" {
  command = plan
  variables {
    secrets = { PASSWORDS = "arn:aws:ssm:us-east-1:123456789012:parameter/*" }
  }
  expect_failures = [var.secrets]
}

run "a_secret_under_the_name_of_a_setting_and_one_that_is_no_name" {
  command = plan
  variables {
    secrets = {
      LOG_LEVEL   = "arn:aws:ssm:us-east-1:123456789012:parameter/p/level"
      "log-level" = "arn:aws:ssm:us-east-1:123456789012:parameter/p/level"
    }
  }
  expect_failures = [var.secrets]
}

run "a_value_under_the_name_of_a_setting_and_one_under_that_of_a_queue" {
  command = plan
  variables {
    own_environment = { LOG_LEVEL = "DEBUG", BACKGROUND_JOBS_QUEUE_URL = "https://example.org" }
  }
  expect_failures = [var.own_environment]
}

run "a_value_under_what_is_no_name" {
  command = plan
  variables {
    own_environment = { "crm-url" = "https://example.org" }
  }
  expect_failures = [var.own_environment]
}

run "a_value_and_a_secret_under_one_name" {
  command = plan
  variables {
    own_environment = { CRM_TOKEN = "open" }
    secrets         = { CRM_TOKEN = "arn:aws:ssm:us-east-1:123456789012:parameter/p/token" }
  }
  expect_failures = [var.secrets]
}

run "a_secrets_key_by_its_alias" {
  command = plan
  variables {
    secret_kms_key_arns = ["arn:aws:kms:us-east-1:123456789012:alias/p"]
  }
  expect_failures = [var.secret_kms_key_arns]
}

run "all_actions_of_all_services" {
  command = plan
  variables {
    policy_statements = { All = { actions = ["*"], resources = ["arn:aws:s3:::invoices/*"] } }
  }
  expect_failures = [var.policy_statements]
}

run "all_actions_of_a_service_on_everything" {
  command = plan
  variables {
    policy_statements = { All = { actions = ["s3:*"], resources = ["*"] } }
  }
  expect_failures = [var.policy_statements]
}

run "rights_to_what_is_no_arn" {
  command = plan
  variables {
    policy_statements = { All = { actions = ["s3:GetObject"], resources = ["invoices"] } }
  }
  expect_failures = [var.policy_statements]
}

run "all_ports_of_everything" {
  command = plan
  variables {
    egress = { Wide = { port = 0, cidr = "0.0.0.0/0" } }
  }
  expect_failures = [var.egress]
}

run "a_port_of_nothing_and_nobody" {
  command = plan
  variables {
    egress = { Wide = { port = 5432 } }
  }
  expect_failures = [var.egress]
}

run "a_range_that_is_none" {
  command = plan
  variables {
    egress = { Wide = { port = 5432, cidr = "database.internal" } }
  }
  expect_failures = [var.egress]
}
