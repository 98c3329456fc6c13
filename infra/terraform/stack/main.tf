# The whole system, wired: a trigger queue, a background queue, and the two services that work on them.

module "triggers" {
  source = "../modules/queue"

  name                       = "${local.name}-main-job-triggers"
  aws_region                 = var.aws_region
  lease_seconds              = local.main_job.settings.lease_seconds
  poll_wait_seconds          = local.main_job.settings.poll_wait_seconds
  max_message_bytes          = var.max_message_bytes
  max_receive_count          = local.main_job.settings.max_receive_count
  retention_seconds          = var.message_retention_seconds
  kms_key_arn                = local.queue_key_arn
  kms_data_key_reuse_seconds = var.kms_data_key_reuse_seconds
  receiver_arns              = [module.main_job.task_role_arn]
  producers                  = var.trigger_producers
}

module "background_jobs" {
  source = "../modules/queue"

  name                       = "${local.name}-background-jobs"
  aws_region                 = var.aws_region
  lease_seconds              = local.background_job.settings.lease_seconds
  poll_wait_seconds          = local.background_job.settings.poll_wait_seconds
  max_message_bytes          = var.max_message_bytes
  max_receive_count          = local.background_job.settings.max_receive_count
  retention_seconds          = var.message_retention_seconds
  kms_key_arn                = local.queue_key_arn
  kms_data_key_reuse_seconds = var.kms_data_key_reuse_seconds
  sender_arns                = [module.main_job.task_role_arn]
  receiver_arns              = [module.background_job.task_role_arn]
  producers                  = var.background_job_producers
}

module "main_job" {
  source = "../modules/worker"

  service        = "main-job"
  image          = var.main_job_image
  queue          = local.queues.triggers
  next_queue_arn = module.background_jobs.arn
  environment = {
    MAIN_JOB_TRIGGERS_QUEUE_URL = module.triggers.url
    MAIN_JOB_TRIGGERS_DLQ_URL   = module.triggers.dead_letter_url
    BACKGROUND_JOBS_QUEUE_URL   = module.background_jobs.url
  }
  settings           = local.main_job.settings
  container_cpu      = local.main_job.container_cpu
  container_memory   = local.main_job.container_memory
  desired_count      = local.main_job.desired_count
  min_tasks          = local.main_job.min_tasks
  max_tasks          = local.main_job.max_tasks
  capacity_providers = local.main_job.capacity_providers
  scaling            = local.main_job.scaling
  thresholds         = local.main_job.thresholds

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
  kms_key_arn                    = local.queue_key_arn
  log_kms_key_arn                = module.encryption.key_arn
  log_retention_days             = var.log_retention_days
  ecs_log_group_name             = module.cluster.log_group_names.ecs
  metrics_log_group_name         = module.cluster.log_group_names.metrics
  metrics_namespace              = local.name
  subnet_ids                     = module.network.subnet_ids
  security_group_ids             = [module.network.security_group_id]
  assign_public_ip               = module.network.assign_public_ip
  enable_execute_command         = var.enable_execute_command
  permissions_boundary_arn       = var.permissions_boundary_arn
  alarm_topic_arn                = module.alarm_topic.arn
  alarms_document                = var.alarms_document
  composite_alarms               = var.composite_alarms
}

module "background_job" {
  source = "../modules/worker"

  service  = "background-job"
  image    = var.background_job_image
  queue    = local.queues.background_jobs
  job_logs = true
  environment = {
    BACKGROUND_JOBS_QUEUE_URL = module.background_jobs.url
    BACKGROUND_JOBS_DLQ_URL   = module.background_jobs.dead_letter_url
  }
  settings           = local.background_job.settings
  container_cpu      = local.background_job.container_cpu
  container_memory   = local.background_job.container_memory
  desired_count      = local.background_job.desired_count
  min_tasks          = local.background_job.min_tasks
  max_tasks          = local.background_job.max_tasks
  capacity_providers = local.background_job.capacity_providers
  scaling            = local.background_job.scaling
  thresholds         = local.background_job.thresholds

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
  kms_key_arn                    = local.queue_key_arn
  log_kms_key_arn                = module.encryption.key_arn
  log_retention_days             = var.log_retention_days
  ecs_log_group_name             = module.cluster.log_group_names.ecs
  metrics_log_group_name         = module.cluster.log_group_names.metrics
  metrics_namespace              = local.name
  subnet_ids                     = module.network.subnet_ids
  security_group_ids             = [module.network.security_group_id]
  assign_public_ip               = module.network.assign_public_ip
  enable_execute_command         = var.enable_execute_command
  permissions_boundary_arn       = var.permissions_boundary_arn
  alarm_topic_arn                = module.alarm_topic.arn
  alarms_document                = var.alarms_document
  composite_alarms               = var.composite_alarms
}
