# What ECS is asked to run, asserted by content.

mock_provider "aws" {
  source = "../../testing"
}

run "by_default" {
  # Both containers are hardened.
  assert {
    condition = alltrue([for container in jsondecode(aws_ecs_task_definition.this.container_definitions) :
      container.readonlyRootFilesystem && !container.privileged && can(regex("^[1-9][0-9]*:[1-9][0-9]*$", container.user)) &&
      container.linuxParameters.capabilities.drop == ["ALL"] && length(container.linuxParameters.capabilities.add) == 0 &&
      container.linuxParameters.initProcessEnabled && container.linuxParameters.tmpfs[0].containerPath == "/tmp" &&
      length(container.portMappings) == 0
    ])
    error_message = "numeric user that is not root, read-only root with a tmpfs, all capabilities dropped, init process, no port"
  }

  # Images are by digest and checks are commands.
  assert {
    condition = alltrue([for container in jsondecode(aws_ecs_task_definition.this.container_definitions) :
      can(regex("@sha256:[0-9a-f]{64}$", container.image)) && container.healthCheck.command[0] == "CMD"
    ])
    error_message = "a digest each, and no shell for the health check"
  }
  assert {
    condition     = jsonencode([for container in jsondecode(aws_ecs_task_definition.this.container_definitions) : container.healthCheck.command]) == jsonencode([["CMD", "python", "-m", "jobqueue.health"], ["CMD", "/healthcheck"]])
    error_message = "the worker proves progress; the collector has its own program"
  }

  # A broken collector never stops a job.
  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[1].essential == false && jsondecode(aws_ecs_task_definition.this.container_definitions)[1].restartPolicy.enabled
    error_message = "the collector must be non-essential and restarted"
  }
  assert {
    condition     = jsonencode(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].dependsOn) == jsonencode([{ condition = "START", containerName = "collector" }])
    error_message = "the worker waits for the collector's start only, and stops before it"
  }

  # Containers fit into the task and stop in time.
  assert {
    condition     = sum([for container in jsondecode(aws_ecs_task_definition.this.container_definitions) : container.cpu]) == tonumber(aws_ecs_task_definition.this.cpu)
    error_message = "CPU of the containers must be the task's"
  }
  assert {
    condition     = sum([for container in jsondecode(aws_ecs_task_definition.this.container_definitions) : container.memory]) == tonumber(aws_ecs_task_definition.this.memory)
    error_message = "memory of the containers must be the task's"
  }
  assert {
    condition     = sum([for container in jsondecode(aws_ecs_task_definition.this.container_definitions) : container.stopTimeout]) <= 120
    error_message = "stop timeouts must fit into 120 s together"
  }

  # Output is non-blocking into the documented groups.
  assert {
    condition = jsonencode([for container in jsondecode(aws_ecs_task_definition.this.container_definitions) : container.logConfiguration.options]) == jsonencode([
      { awslogs-group = "/ecs/p-dev/background-job", awslogs-region = "us-east-1", awslogs-stream-prefix = "background-job", max-buffer-size = "4m", mode = "non-blocking" },
      { awslogs-group = "/ecs/p-dev", awslogs-region = "us-east-1", awslogs-stream-prefix = "background-job", max-buffer-size = "4m", mode = "non-blocking" },
    ])
    error_message = "explicit mode and buffer, group and prefix as the documentation names them"
  }

  # Deployments roll back on errors and failing tasks only.
  assert {
    condition     = aws_ecs_service.this.deployment_circuit_breaker[0].rollback && aws_ecs_service.this.alarms[0].rollback
    error_message = "circuit breaker and alarms must roll back"
  }
  assert {
    condition     = toset(aws_ecs_service.this.alarms[0].alarm_names) == toset(["p-dev-background-job-error-rate", "p-dev-background-job-failing-tasks"])
    error_message = "queue depth or dead letters would undo the very deployment that mends them"
  }
  assert {
    condition     = aws_ecs_service.this.enable_execute_command == false
    error_message = "ECS Exec is off by default"
  }

  # Telemetry is the SDK's own variables, and a share only where one is asked for.
  assert {
    condition = setintersection([for item in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : "${item.name}=${item.value}" if startswith(item.name, "OTEL_")], [
      "OTEL_TRACES_SAMPLER=parentbased_always_on", "OTEL_METRIC_EXPORT_INTERVAL=60000",
    ]) == toset(["OTEL_TRACES_SAMPLER=parentbased_always_on", "OTEL_METRIC_EXPORT_INTERVAL=60000"])
    error_message = "the SDK's own defaults"
  }
  assert {
    condition     = !strcontains(aws_ecs_task_definition.this.container_definitions, "OTEL_TRACES_SAMPLER_ARG")
    error_message = "no share unless it is set"
  }

  # A service that is told nothing has the group of all tasks alone.
  assert {
    condition     = length(aws_security_group.egress) == 0 && aws_ecs_service.this.network_configuration[0].security_groups == toset(["sg-0123456789abcdef0"])
    error_message = "no group more"
  }
}

run "the_root_is_writable_while_ecs_exec_is_on" {
  variables {
    enable_execute_command = true
  }
  assert {
    condition     = alltrue([for container in jsondecode(aws_ecs_task_definition.this.container_definitions) : container.readonlyRootFilesystem == false])
    error_message = "ECS Exec does not support a read-only root"
  }
}

run "the_environment_is_the_settings_the_queues_and_the_services_own" {
  variables {
    settings        = { max_attempts = 4, settle_linger_seconds = 0.3 }
    own_environment = { CRM_URL = "https://crm.example.org" }
  }
  assert {
    condition = alltrue([for name, value in {
      CRM_URL                   = "https://crm.example.org"
      AWS_REGION                = "us-east-1", AWS_DEFAULT_REGION = "us-east-1"
      MAX_ATTEMPTS              = "4", SETTLE_LINGER_SECONDS = "0.3", LEASE_SECONDS = "60", GRACE_SECONDS = "50", STOP_TIMEOUT_SECONDS = "90",
      JOB_LOG_GROUP             = "/ecs/p-dev/background-job", OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:4318", JOB_LOG_SHIPPERS = "64",
      ECS_SERVICE_ARN           = "arn:aws:ecs:us-east-1:123456789012:service/p-dev-cluster/p-dev-background-job-service"
      BACKGROUND_JOBS_QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/p-dev-background-jobs",
      } : contains([for item in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : "${item.name}=${item.value}"], "${name}=${value}")
    ])
    error_message = "each setting by its name in upper case"
  }
}

run "a_service_without_job_logs_has_none_of_their_settings_nor_rights" {
  variables {
    job_logs = false
  }
  assert {
    condition = toset([for item in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : item.name
    if startswith(item.name, "JOB_LOG_")]) == toset(["JOB_LOG_FLUSH_SECONDS"])
    error_message = "only the stop path's own"
  }
  assert {
    condition     = !contains([for statement in jsondecode(aws_iam_role_policy.task.policy).Statement : statement.Sid], "WriteJobLogs")
    error_message = "no right to write job logs"
  }
}

run "a_tenth_of_the_traces" {
  variables {
    otel_traces_sampler     = "parentbased_traceidratio"
    otel_traces_sampler_arg = 0.1
  }
  assert {
    condition     = contains([for item in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : "${item.name}=${item.value}"], "OTEL_TRACES_SAMPLER_ARG=0.1")
    error_message = "as the SDK reads it"
  }
}

run "secrets_are_the_workers_alone" {
  variables {
    secrets = {
      TOKEN    = "arn:aws:ssm:us-east-1:123456789012:parameter/p/token"
      PASSWORD = "arn:aws:secretsmanager:us-east-1:123456789012:secret:p/database-a1B2c3:password::"
    }
  }
  assert {
    condition = jsonencode([for container in jsondecode(aws_ecs_task_definition.this.container_definitions) : try(container.secrets, null)]) == jsonencode([[
      { name = "PASSWORD", valueFrom = "arn:aws:secretsmanager:us-east-1:123456789012:secret:p/database-a1B2c3:password::" },
      { name = "TOKEN", valueFrom = "arn:aws:ssm:us-east-1:123456789012:parameter/p/token" },
    ], null])
    error_message = "by name; the collector has none"
  }
}

run "a_service_reaches_what_it_is_told_to_and_nothing_else" {
  variables {
    security_group_ids = ["sg-0aaaaaaaaaaaaaaaa"]
    egress = {
      Database = { port = 5432, security_group_id = "sg-0fedcba9876543210" }
      Mail     = { port = 587, cidr = "10.1.0.0/16" }
    }
  }
  assert {
    condition = jsonencode({ for name, rule in aws_vpc_security_group_egress_rule.own : name => [rule.from_port, rule.to_port, rule.cidr_ipv4, rule.referenced_security_group_id] }) == jsonencode({
      Database = [5432, 5432, null, "sg-0fedcba9876543210"]
      Mail     = [587, 587, "10.1.0.0/16", null]
    })
    error_message = "one port each, to a group or a range"
  }
  assert {
    condition     = length(aws_ecs_service.this.network_configuration[0].security_groups) == 2
    error_message = "beside the group of all tasks"
  }
}
