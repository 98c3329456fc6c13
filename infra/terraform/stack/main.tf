# The whole system, wired: the services, the queue of each, and in shared.tf what they share.

locals {
  # Each service: the queue that it receives from, those that it sends to (its own need not be named, and may be), whether its jobs have log streams
  # of their own. All else follows: a queue (with its dead-letter queue) for each `receives`, policies, roles, log group, alarms, scaling. The service
  # finds its queues in its environment by their names: MAIN_JOB_TRIGGERS_QUEUE_URL, MAIN_JOB_TRIGGERS_DLQ_URL, BACKGROUND_JOBS_QUEUE_URL. No value of
  # a variable here: variables are checked against these names.
  services = {
    "main-job" = {
      receives = "main-job-triggers"
      sends    = ["background-jobs"]
      job_logs = false
    }
    "background-job" = {
      receives = "background-jobs"
      sends    = []
      job_logs = true
    }
  }
}

module "roles" {
  source   = "../modules/task-roles"
  for_each = local.services

  name                     = local.name
  service                  = each.key
  aws_region               = var.aws_region
  permissions_boundary_arn = local.boundary_arn
}

module "queue" {
  source   = "../modules/queue"
  for_each = local.receivers # the queue's name, and which service receives from it: one each

  name                       = "${local.name}-${each.key}"
  aws_region                 = var.aws_region
  lease_seconds              = local.workers[each.value].settings.lease_seconds
  poll_wait_seconds          = local.workers[each.value].settings.poll_wait_seconds
  max_message_bytes          = var.max_message_bytes
  max_receive_count          = local.workers[each.value].settings.max_receive_count
  retention_seconds          = var.message_retention_seconds
  kms_key_arn                = local.queue_key_arn
  kms_data_key_reuse_seconds = var.kms_data_key_reuse_seconds
  producers                  = try(local.producers[each.key], {})
}

module "worker" {
  source   = "../modules/worker"
  for_each = local.services

  service            = each.key
  image              = local.workers[each.key].image
  queue              = module.queue[each.value.receives]
  task_role          = module.roles[each.key].task
  execution_role     = module.roles[each.key].execution
  receives           = each.value.receives
  sends              = { for queue in each.value.sends : queue => module.queue[queue] }
  job_logs           = each.value.job_logs
  job_table          = one(module.job_records)
  event_bus          = one(module.event_bus)
  own_environment    = local.workers[each.key].environment
  secrets            = local.workers[each.key].secrets
  policy_statements  = local.workers[each.key].policy_statements
  egress             = local.workers[each.key].egress
  settings           = local.workers[each.key].settings
  container_cpu      = local.workers[each.key].container_cpu
  container_memory   = local.workers[each.key].container_memory
  desired_count      = local.workers[each.key].desired_count
  min_tasks          = local.workers[each.key].min_tasks
  max_tasks          = local.workers[each.key].max_tasks
  capacity_providers = local.workers[each.key].capacity_providers
  scaling            = local.workers[each.key].scaling
  thresholds         = local.workers[each.key].thresholds

  # the same for every service
  name                           = local.name
  environment_name               = var.environment
  aws_region                     = var.aws_region
  cluster_name                   = module.cluster.name
  cluster_arn                    = module.cluster.arn
  cpu_architecture               = var.cpu_architecture
  collector_image                = var.collector_image
  collector_config               = local.collector_config
  collector_cpu                  = var.collector_cpu
  collector_memory               = var.collector_memory
  collector_stop_timeout_seconds = var.collector_stop_timeout_seconds
  otel_traces_sampler            = var.otel_traces_sampler
  otel_traces_sampler_arg        = var.otel_traces_sampler_arg
  otel_metric_export_interval    = var.otel_metric_export_interval
  secret_kms_key_arns            = var.secret_kms_key_arns
  kms_key_arn                    = local.queue_key_arn
  log_kms_key_arn                = module.encryption.key_arn
  log_retention_days             = var.log_retention_days
  ecs_log_group_name             = module.cluster.log_group_names.ecs
  metrics_log_group_name         = module.cluster.log_group_names.metrics
  metrics_namespace              = local.name
  vpc_id                         = module.network.vpc_id
  subnet_ids                     = module.network.subnet_ids
  security_group_ids             = [module.network.security_group_id]
  assign_public_ip               = module.network.assign_public_ip
  enable_execute_command         = var.enable_execute_command
  alarm_topic_arn                = module.alarm_topic.arn
  alarms_document                = var.alarms_document
  composite_alarms               = var.composite_alarms
}
