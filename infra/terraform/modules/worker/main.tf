# One service: its task (the worker and the collector beside it), and the ECS service that runs it.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  full_name    = "${var.name}-${var.service}"
  service_name = "${local.full_name}-service"
  account      = data.aws_caller_identity.current.account_id
  partition    = data.aws_partition.current.partition
  service_arn  = "arn:${local.partition}:ecs:${var.aws_region}:${local.account}:service/${var.cluster_name}/${local.service_name}"
}

resource "aws_ecs_task_definition" "this" {
  family                   = local.full_name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = tostring(var.container_cpu)
  memory                   = tostring(var.container_memory)
  task_role_arn            = var.task_role.arn
  execution_role_arn       = var.execution_role.arn
  container_definitions    = jsonencode([local.worker_container, local.collector_container])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }
}

# What its tasks may reach beside the AWS APIs: rules of all their security groups count together.
resource "aws_security_group" "egress" {
  count = length(var.egress) == 0 ? 0 : 1

  name        = "${local.full_name}-egress"
  description = "Where tasks of ${local.full_name} connect to."
  vpc_id      = var.vpc_id

  tags = { Name = "${local.full_name}-egress" }
}

resource "aws_vpc_security_group_egress_rule" "own" {
  for_each = var.egress

  security_group_id            = aws_security_group.egress[0].id
  description                  = each.key
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  cidr_ipv4                    = each.value.cidr
  referenced_security_group_id = each.value.security_group_id
}

resource "aws_ecs_service" "this" {
  name                               = local.service_name
  cluster                            = var.cluster_name
  task_definition                    = aws_ecs_task_definition.this.arn
  desired_count                      = var.desired_count
  deployment_minimum_healthy_percent = 100 # the old tasks work until the new ones do
  deployment_maximum_percent         = 200
  enable_execute_command             = var.enable_execute_command
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  availability_zone_rebalancing      = "DISABLED" # said, since providers 5 and 6 differ: a worker is not stopped in its jobs for evenness
  force_new_deployment               = true       # else the provider replaces the service, with a gap, when its capacity providers change

  dynamic "capacity_provider_strategy" {
    for_each = var.capacity_providers

    content {
      capacity_provider = capacity_provider_strategy.value.name
      base              = capacity_provider_strategy.value.base
      weight            = capacity_provider_strategy.value.weight
    }
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = concat(var.security_group_ids, aws_security_group.egress[*].id)
    assign_public_ip = var.assign_public_ip
  }

  deployment_controller {
    type = "ECS"
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  # Only what a new version can make worse: queue depth or dead letters would undo the very deployment that mends them.
  alarms {
    enable      = true
    rollback    = true
    alarm_names = [aws_cloudwatch_metric_alarm.math["error-rate"].alarm_name, aws_cloudwatch_metric_alarm.metric["failing-tasks"].alarm_name]
  }

  lifecycle {
    ignore_changes = [desired_count] # the autoscaler's, and the operator's, after the first apply
  }

  depends_on = [aws_vpc_security_group_egress_rule.own, aws_iam_role_policy.task, aws_iam_role_policy.handlers, aws_iam_role_policy.execution, aws_cloudwatch_log_group.this]
}
