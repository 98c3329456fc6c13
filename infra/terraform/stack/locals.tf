data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  name = "${var.project_name}-${var.environment}"

  # by its name in infra/terraform/bootstrap/boundary.tf
  boundary_arn = coalesce(
    var.permissions_boundary_arn,
    "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:policy/${var.project_name}-boundary-${var.aws_region}",
  )

  queue_key_arn    = var.sqs_customer_managed_key ? module.encryption.key_arn : null
  collector_config = file("${path.module}/../../../docker/collector/config.yaml")

  shared_log_group_names = {
    ecs      = "/ecs/${local.name}"
    metrics  = "/ecs/${local.name}/metrics"
    insights = "/aws/ecs/containerinsights/${local.name}-cluster/performance" # the name that Container Insights writes to
  }

  receivers = { for name, service in local.services : service.receives => name }

  # The two services have variables of their own; every further one is in the maps.
  two       = ["main-job", "background-job"]
  images    = merge(var.service_images, { "main-job" = var.main_job_image, "background-job" = var.background_job_image })
  own       = merge(local.nothing_own, var.service_values, { "main-job" = var.main_job, "background-job" = var.background_job })
  producers = merge(var.queue_producers, { "main-job-triggers" = var.trigger_producers, "background-jobs" = var.background_job_producers })
  nothing_own = {
    for name in keys(local.services) : name => {
      settings           = {}
      environment        = {}
      secrets            = {}
      policy_statements  = {}
      egress             = {}
      container_cpu      = null
      container_memory   = null
      desired_count      = null
      min_tasks          = null
      max_tasks          = null
      capacity_providers = null
      scaling            = {}
      thresholds         = {}
    }
  }

  # One service's values: its own where it has them, else everybody's.
  workers = {
    for name, own in local.own : name => {
      image              = local.images[name]
      settings           = merge(local.settings, own.settings)
      environment        = own.environment
      secrets            = own.secrets
      policy_statements  = own.policy_statements
      egress             = own.egress
      container_cpu      = coalesce(own.container_cpu, var.container_cpu)
      container_memory   = coalesce(own.container_memory, var.container_memory)
      desired_count      = coalesce(own.desired_count, var.desired_count)
      min_tasks          = own.min_tasks == null ? var.min_tasks : own.min_tasks
      max_tasks          = coalesce(own.max_tasks, var.max_tasks)
      capacity_providers = own.capacity_providers == null ? var.capacity_providers : own.capacity_providers
      scaling            = own.scaling
      thresholds         = own.thresholds
    }
  }

  settings = {
    max_message_bytes           = var.max_message_bytes
    log_level                   = var.log_level
    max_concurrency             = var.max_concurrency
    max_unsettled               = var.max_unsettled
    max_polls                   = var.max_polls
    poll_wait_seconds           = var.poll_wait_seconds
    lease_seconds               = var.lease_seconds
    max_attempts                = var.max_attempts
    max_receive_count           = var.max_receive_count
    retry_first_seconds         = var.retry_first_seconds
    retry_max_seconds           = var.retry_max_seconds
    unsupported_first_seconds   = var.unsupported_first_seconds
    job_timeout_seconds         = var.job_timeout_seconds
    receive_linger_seconds      = var.receive_linger_seconds
    send_linger_seconds         = var.send_linger_seconds
    settle_linger_seconds       = var.settle_linger_seconds
    settle_calls                = var.settle_calls
    protection_after_seconds    = var.protection_after_seconds
    protection_max_seconds      = var.protection_max_seconds
    grace_seconds               = var.grace_seconds
    job_log_flush_seconds       = var.job_log_flush_seconds
    settle_flush_seconds        = var.settle_flush_seconds
    resources_close_seconds     = var.resources_close_seconds
    telemetry_flush_seconds     = var.telemetry_flush_seconds
    stop_timeout_seconds        = var.stop_timeout_seconds
    health_file                 = var.health_file
    health_max_age_seconds      = var.health_max_age_seconds
    job_record_triggers         = var.job_record_triggers
    job_record_days             = var.job_record_days
    job_log_streams_per_second  = var.job_log_streams_per_second
    job_log_stream_wait_seconds = var.job_log_stream_wait_seconds
    job_log_confirm_seconds     = var.job_log_confirm_seconds
    job_log_linger_seconds      = var.job_log_linger_seconds
    job_log_batch_bytes         = var.job_log_batch_bytes
    job_log_buffer_bytes        = var.job_log_buffer_bytes
    job_log_shippers            = var.job_log_shippers
  }
}
