# Each impossible combination is refused by name; those of variables that do not depend on each other in one run, since each run starts the provider.

mock_provider "aws" {
  source = "../../testing"
}

run "what_fargate_has_and_a_desired_count_that_follows_min_tasks_up" {
  command = plan
  variables {
    container_cpu    = 4096
    container_memory = 30720
    desired_count    = 4
    min_tasks        = 4
  }
}

run "sizes_images_counts_and_rights_that_cannot_be" {
  command = plan
  variables {
    # a drain longer than the stop timeout
    settings = { grace_seconds = 65 }

    # memory that Fargate does not have
    container_memory = 1536

    # a tag instead of a digest
    image           = "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/background-job:latest"
    collector_image = "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0"

    # a configuration of the collector that is no map
    collector_config = "- a list"

    # min_tasks above desired_count, and that above max_tasks
    desired_count = 3
    min_tasks     = 4
    max_tasks     = 2

    # an unknown capacity provider and architecture
    capacity_providers = [{ name = "EC2" }]
    cpu_architecture   = "RISCV"

    # a threshold that is never crossed
    thresholds = { cpu_percent = 100 }

    # a sampler that the SDK does not have, and metrics too rare for the heartbeat alarm
    otel_traces_sampler         = "ratio"
    otel_metric_export_interval = 150000

    # a secrets' key by its alias
    secret_kms_key_arns = ["arn:aws:kms:us-east-1:123456789012:alias/p"]

    # all actions of all services
    policy_statements = { All = { actions = ["*"], resources = ["arn:aws:s3:::invoices/*"] } }

    # all ports of everything
    egress = { Wide = { port = 0, cidr = "0.0.0.0/0" } }
  }
  expect_failures = [
    var.settings, var.container_memory, var.image, var.collector_image, var.collector_config, var.min_tasks, var.max_tasks, var.capacity_providers,
    var.cpu_architecture, var.thresholds, var.otel_traces_sampler, var.otel_metric_export_interval, var.secret_kms_key_arns, var.policy_statements, var.egress,
  ]
}

run "further_ones_of_the_same_variables" {
  command = plan
  variables {
    # stop timeouts longer than two minutes together
    settings = { stop_timeout_seconds = 110 }

    # CPU that Fargate does not have
    container_cpu = 300

    # limits that no schedule has
    max_tasks = 20
    scaling   = { schedules = { day = { schedule = "cron(0 6 * * ? *)", min_tasks = 1, max_tasks = 10 } } }

    # a share of more than all
    otel_traces_sampler     = "traceidratio"
    otel_traces_sampler_arg = 10

    # all actions of a service on everything
    policy_statements = { All = { actions = ["s3:*"], resources = ["*"] } }

    # a port of nothing and nobody
    egress = { Wide = { port = 5432 } }
  }
  expect_failures = [var.settings, var.container_cpu, var.scaling, var.otel_traces_sampler_arg, var.policy_statements, var.egress]
}

run "and_others" {
  command = plan
  variables {
    # a lease that is not the queue's
    settings = { lease_seconds = 30 }

    # no backlog target
    scaling = { acceptable_latency_seconds = 0 }

    # a collector that leaves the worker no memory
    collector_memory = 300

    # a share for a sampler that takes none
    otel_traces_sampler_arg = 0.1

    # rights to what is no ARN
    policy_statements = { All = { actions = ["s3:GetObject"], resources = ["invoices"] } }

    # a range that is none
    egress = { Wide = { port = 5432, cidr = "database.internal" } }
  }
  expect_failures = [var.settings, var.scaling, var.collector_memory, var.otel_traces_sampler_arg, var.policy_statements, var.egress]
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
