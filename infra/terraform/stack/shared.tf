# What both services share.

module "encryption" {
  source = "../modules/encryption"

  name       = local.name
  aws_region = var.aws_region
  log_group_names = concat(
    values(local.shared_log_group_names),
    [for service in ["main-job", "background-job"] : "/ecs/${local.name}/${service}"],
  )
  producers = merge(
    { for name, producer in var.trigger_producers : "trigger-${name}" => producer },
    { for name, producer in var.background_job_producers : "background-${name}" => producer },
  )
}

module "cluster" {
  source = "../modules/cluster"

  name               = local.name
  aws_region         = var.aws_region
  log_group_names    = local.shared_log_group_names
  log_retention_days = var.log_retention_days
  kms_key_arn        = module.encryption.key_arn
  container_insights = var.container_insights
}

module "network" {
  source = "../modules/network"

  name                 = local.name
  aws_region           = var.aws_region
  vpc_id               = var.vpc_id
  subnet_ids           = var.subnet_ids
  create_vpc_endpoints = var.create_vpc_endpoints
  route_table_ids      = var.route_table_ids
  exec_endpoints       = var.enable_execute_command
}

module "alarm_topic" {
  source = "../modules/alarm-topic"

  name          = local.name
  aws_region    = var.aws_region
  kms_key_arn   = module.encryption.key_arn
  subscriptions = var.alarm_subscriptions
}
