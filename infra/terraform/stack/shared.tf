# What all services share.

module "encryption" {
  source = "../modules/encryption"

  name       = local.name
  aws_region = var.aws_region
  log_group_names = concat(
    values(local.shared_log_group_names),
    [for service in keys(local.services) : "/ecs/${local.name}/${service}"],
  )
  producers = merge([
    for queue, producers in local.producers : { for name, producer in producers : "${queue}-${name}" => producer }
  ]...)
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

# An import fails where there is nothing, so somebody has to say that there is.
import {
  for_each = var.adopt_insights_log_group ? toset([local.shared_log_group_names.insights]) : []

  to = module.cluster.aws_cloudwatch_log_group.this[each.key]
  id = each.key
}

module "job_records" {
  source = "../modules/job-records"
  count  = var.job_records ? 1 : 0

  name        = local.name
  kms_key_arn = module.encryption.key_arn
}

module "event_bus" {
  source = "../modules/event-bus"
  count  = var.job_events ? 1 : 0

  name = local.name
}

module "network" {
  source = "../modules/network"

  name                     = local.name
  aws_region               = var.aws_region
  vpc_id                   = var.vpc_id
  subnet_ids               = var.subnet_ids
  create_vpc_endpoints     = var.create_vpc_endpoints
  vpc_endpoints            = distinct(concat(var.vpc_endpoints, var.create_vpc_endpoints && var.job_records ? ["dynamodb"] : []))
  route_table_ids          = var.route_table_ids
  zone_ids_without_fargate = var.zone_ids_without_fargate
  exec_endpoints           = var.enable_execute_command
  event_endpoint           = var.job_events
  secret_endpoints         = distinct(flatten([for worker in values(local.workers) : [for arn in values(worker.secrets) : split(":", arn)[2]]]))
}

module "alarm_topic" {
  source = "../modules/alarm-topic"

  name          = local.name
  aws_region    = var.aws_region
  kms_key_arn   = module.encryption.key_arn
  subscriptions = var.alarm_subscriptions
}
