# How the `jobctl` command finds a stack: by project and environment alone, in one parameter, without Terraform's state. Nothing in it is secret.
# Beside it the parameter in which `jobctl pause` keeps what a paused service was, until `jobctl resume`.

data "aws_caller_identity" "current" {}

locals {
  path = "/${var.project_name}/${var.environment}"

  stack = jsonencode({
    format            = 1 # raised when a name below goes or changes its meaning; a new one does not raise it
    project           = var.project_name
    environment       = var.environment
    region            = var.aws_region
    account           = data.aws_caller_identity.current.account_id
    cluster           = var.cluster_name
    services          = var.services
    log_groups        = var.log_group_names
    metrics_namespace = var.metrics_namespace
    kms_key_arn       = var.kms_key_arn
    job_table         = var.job_table_name
    alarm_prefix      = var.alarm_prefix
    dashboard         = var.dashboard_name
    xray_group        = var.xray_group_name
    paused_parameter  = aws_ssm_parameter.paused.name
  })
}

resource "aws_ssm_parameter" "stack" {
  name           = "${local.path}/stack"
  description    = "Where everything of this stack is, for the jobs command. Written by Terraform."
  type           = "String"
  insecure_value = local.stack
  # A standard parameter costs nothing and holds 4 KB, about seven services; an advanced one 8 KB, for 0.05 dollars a month ("Managing parameter tiers").
  tier = length(local.stack) > 4096 ? "Advanced" : "Standard"
}

resource "aws_ssm_parameter" "paused" {
  name           = "${local.path}/paused"
  description    = "What paused services were before, by the service's name. Written by jobctl pause and jobctl resume."
  type           = "String"
  insecure_value = "{}" # none is paused
  tier           = "Standard"

  lifecycle {
    ignore_changes = [insecure_value] # the operators', after the first apply
  }
}
