# VPC endpoints: all that a task calls, so that a VPC without a way to the internet works.

locals {
  # No task calls KMS: queues, logs and images are decrypted by the services that keep them.
  # images (ecr.api, ecr.dkr; layers come from S3), logs and metrics, queues, traces, task protection and whether the service is paused (ecs)
  interface_services = ["ecr.api", "ecr.dkr", "ecs", "logs", "sqs", "xray"]
  optional_services  = concat(var.exec_endpoints ? ["ssmmessages"] : [], var.event_endpoint ? ["events"] : [], var.secret_endpoints)
  endpoint_services  = var.create_vpc_endpoints ? toset(concat(local.interface_services, local.optional_services)) : toset([])
}

resource "aws_security_group" "endpoints" {
  count = var.create_vpc_endpoints ? 1 : 0

  name        = "${var.name}-endpoints"
  description = "VPC endpoints of ${var.name}: HTTPS from its tasks."
  vpc_id      = local.vpc_id

  tags = { Name = "${var.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  count = var.create_vpc_endpoints ? 1 : 0

  security_group_id            = aws_security_group.endpoints[0].id
  description                  = "HTTPS from the tasks"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.tasks.id
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.endpoint_services

  vpc_id              = local.vpc_id
  service_name        = "com.amazonaws.${var.aws_region}.${each.value}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = local.subnet_ids
  security_group_ids  = [aws_security_group.endpoints[0].id]
  private_dns_enabled = true

  tags = { Name = "${var.name}-${each.value}" }
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = toset(concat(var.create_vpc_endpoints ? ["s3"] : [], var.vpc_endpoints)) # layers of images come from S3

  vpc_id            = local.vpc_id
  service_name      = "com.amazonaws.${var.aws_region}.${each.value}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = var.route_table_ids

  tags = { Name = "${var.name}-${each.value}" }
}
