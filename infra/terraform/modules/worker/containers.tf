# What runs in a task. Both containers: a numeric user without rights, a small tmpfs, an init process, and a read-only root but while ECS Exec is on.

locals {
  collector_endpoint = "http://127.0.0.1:4318" # containers of a task share the network namespace (awsvpc)

  environment = merge(var.own_environment, local.stack_environment)
  queue_urls  = merge({ for queue, sent in var.sends : queue => sent.url }, { (var.receives) = var.queue.url })

  # What no service says for itself.
  stack_environment = merge(
    local.settings_environment,
    { for queue, url in local.queue_urls : "${upper(replace(queue, "-", "_"))}_QUEUE_URL" => url },
    { "${upper(replace(var.receives, "-", "_"))}_DLQ_URL" = var.queue.dead_letter_url },
    var.job_logs ? { JOB_LOG_GROUP = local.log_group_name } : {},
    { for table in var.job_table == null ? [] : [var.job_table] : "JOB_TABLE" => table.name },
    { for bus in var.event_bus == null ? [] : [var.event_bus] : "JOB_EVENTS_BUS" => bus.name },
    {
      AWS_REGION                  = var.aws_region
      AWS_DEFAULT_REGION          = var.aws_region # for handlers: boto3 reads this one alone
      ECS_SERVICE_ARN             = local.service_arn
      OTEL_EXPORTER_OTLP_ENDPOINT = local.collector_endpoint
      OTEL_RESOURCE_ATTRIBUTES    = "deployment.environment.name=${var.environment_name}"
      OTEL_TRACES_SAMPLER         = var.otel_traces_sampler
      OTEL_METRIC_EXPORT_INTERVAL = tostring(var.otel_metric_export_interval)
    },
    { for share in var.otel_traces_sampler_arg == null ? [] : [var.otel_traces_sampler_arg] : "OTEL_TRACES_SAMPLER_ARG" => tostring(share) },
  )

  hardened = {
    privileged             = false
    readonlyRootFilesystem = !var.enable_execute_command # the agent of ECS Exec writes into it ("Monitor Amazon ECS containers with ECS Exec", considerations)
    linuxParameters = {
      initProcessEnabled = true
      capabilities       = { add = [], drop = ["ALL"] }
      tmpfs = [{
        # Fargate takes tmpfs since January 2026 ("Amazon ECS now supports tmpfs mounts on AWS Fargate"); its memory is the container's.
        containerPath = "/tmp"
        size          = 16 # MiB: the health file is empty, the rest is room for handlers
        mountOptions  = ["rw", "noexec", "nosuid", "nodev", "mode=1777"]
      }]
    }
    mountPoints    = []
    portMappings   = [] # no port is opened
    systemControls = []
    volumesFrom    = []
  }

  # Left out where there are none: ECS would not give an empty list back, and every plan would show it.
  secrets = {
    for attribute in length(var.secrets) == 0 ? [] : ["secrets"] : attribute => [for name in sort(keys(var.secrets)) : { name = name, valueFrom = var.secrets[name] }]
  }

  worker_container = merge(local.hardened, local.secrets, {
    name        = var.service
    image       = var.image
    essential   = true
    cpu         = var.container_cpu - var.collector_cpu
    memory      = var.container_memory - var.collector_memory
    user        = "10001:10001"
    stopTimeout = var.settings.stop_timeout_seconds
    environment = [for name in sort(keys(local.environment)) : { name = name, value = local.environment[name] }]

    # START, not HEALTHY: a collector that is broken never keeps a job from running. At the stop the order is reversed.
    dependsOn = [{ containerName = "collector", condition = "START" }]

    healthCheck = {
      command     = ["CMD", "python", "-m", "jobqueue.health"]
      interval    = 30
      timeout     = 10
      retries     = 3
      startPeriod = 60
    }
    logConfiguration = local.logging[var.service]
  })

  collector_container = merge(local.hardened, {
    name          = "collector"
    image         = var.collector_image
    essential     = false
    restartPolicy = { enabled = true, ignoredExitCodes = [], restartAttemptPeriod = 60 }
    cpu           = var.collector_cpu
    memory        = var.collector_memory
    user          = "4317:4317" # the image's own
    stopTimeout   = var.collector_stop_timeout_seconds
    environment = [
      { name = "AOT_CONFIG_CONTENT", value = var.collector_config },
      { name = "AWS_REGION", value = var.aws_region },
      { name = "METRICS_LOG_GROUP", value = var.metrics_log_group_name },
      { name = "METRICS_LOG_STREAM_PREFIX", value = var.service },
      { name = "METRICS_NAMESPACE", value = var.metrics_namespace },
    ]

    # Green while every export fails: the heartbeat alarm watches those.
    healthCheck = {
      command     = ["CMD", "/healthcheck"]
      interval    = 30
      timeout     = 5
      retries     = 3
      startPeriod = 15
    }
    logConfiguration = local.logging["collector"]
  })

  # non-blocking: when CloudWatch Logs is slow, lines are dropped and not jobs held up; no promise rests on stdout alone.
  logging = {
    for container, group in { (var.service) = local.log_group_name, collector = var.ecs_log_group_name } : container => {
      logDriver                             = "awslogs"
      options = {
        awslogs-group         = group
        awslogs-region        = var.aws_region
        awslogs-stream-prefix = var.service
        mode                  = "non-blocking"
        max-buffer-size       = "4m" # memory per container: minutes of a worker's lines; AWS's default of 10m is much of a small task
      }
    }
  }
}
