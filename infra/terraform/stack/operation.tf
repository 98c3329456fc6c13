# What people need to look at the stack and to repair it: where everything is, what they may do, where they look.

locals {
  watched = { for name, service in local.services : name => merge(service, { worker = module.worker[name], queue = module.queue[service.receives] }) }
}

module "views" {
  source = "../modules/views"

  name                    = local.name
  project_name            = var.project_name
  environment             = var.environment
  aws_region              = var.aws_region
  cluster_name            = module.cluster.name
  metrics_namespace       = local.name
  ecs_log_group_name      = module.cluster.log_group_names.ecs
  insights_log_group_name = module.cluster.log_group_names.insights
  services = {
    for name, service in local.watched : name => {
      ecs_service_name = service.worker.service_name
      log_group_name   = service.worker.log_group_name
      job_logs         = service.job_logs
      queue_name       = service.queue.name
      dead_letter_name = service.queue.dead_letter_name
      alarm_arns       = service.worker.alarm_arns
      thresholds       = service.worker.thresholds
    }
  }
}

module "discovery" {
  source = "../modules/discovery"

  project_name      = var.project_name
  environment       = var.environment
  aws_region        = var.aws_region
  cluster_name      = module.cluster.name
  log_group_names   = { ecs = module.cluster.log_group_names.ecs, metrics = module.cluster.log_group_names.metrics }
  metrics_namespace = local.name
  kms_key_arn       = module.encryption.key_arn
  job_table_name    = one(module.job_records[*].name)
  alarm_prefix      = "${local.name}-"
  dashboard_name    = module.views.dashboard_name
  xray_group_name   = module.views.xray_group_name
  services = {
    for name, service in local.watched : name => {
      ecs_service       = service.worker.service_name
      log_group         = service.worker.log_group_name
      log_stream_prefix = service.worker.log_stream_prefix
      job_logs          = service.job_logs
      receives          = service.receives
      sends             = service.sends
      queue_url         = service.queue.url
      dead_letter_url   = service.queue.dead_letter_url
    }
  }
}

module "operators" {
  source = "../modules/operators"

  name                 = local.name
  aws_region           = var.aws_region
  cluster_name         = module.cluster.name
  cluster_arn          = module.cluster.arn
  ecs_log_group_name   = module.cluster.log_group_names.ecs
  queue_key_arn        = local.queue_key_arn
  stack_parameter_arn  = module.discovery.stack_parameter.arn
  paused_parameter_arn = module.discovery.paused_parameter.arn
  job_table            = one(module.job_records)
  services = {
    for name, service in local.watched : name => {
      scalable_target_arn   = service.worker.scalable_target_arn
      log_group_name        = service.worker.log_group_name
      job_logs              = service.job_logs
      queue_arn             = service.queue.arn
      image_repository_arns = service.worker.image_repository_arns
    }
  }
}

module "client_access" {
  source = "../modules/client-access"

  name                = local.name
  aws_region          = var.aws_region
  stack_parameter_arn = module.discovery.stack_parameter.arn
  trigger_queue_arn   = module.queue["main-job-triggers"].arn
  queue_key_arn       = local.queue_key_arn
  job_log_group_names = [for service in local.watched : service.worker.log_group_name if service.job_logs]
  job_table           = one(module.job_records)
}

module "grafana" {
  source = "../modules/grafana"

  name                     = local.name
  aws_region               = var.aws_region
  principal_arns           = var.grafana_principal_arns
  external_id              = var.grafana_external_id
  permissions_boundary_arn = local.boundary_arn
  log_group_names = concat(
    [for service in local.watched : service.worker.log_group_name],
    [module.cluster.log_group_names.ecs, module.cluster.log_group_names.insights],
  )
}
