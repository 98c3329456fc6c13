# Where tasks run. Quick start: the default VPC's public subnets. Otherwise: a given VPC and its private subnets. Nothing comes in.

data "aws_vpc" "default" {
  count   = var.vpc_id == null ? 1 : 0
  default = true
}

# An account's own names of the zones that have Fargate: ids are the same for all accounts, names are not.
data "aws_availability_zones" "fargate" {
  count = var.vpc_id == null ? 1 : 0

  state            = "available"
  exclude_zone_ids = var.zone_ids_without_fargate
}

data "aws_subnets" "default" {
  count = var.vpc_id == null ? 1 : 0

  filter {
    name   = "availability-zone"
    values = data.aws_availability_zones.fargate[0].names
  }

  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default[0].id]
  }
  filter {
    name   = "default-for-az"
    values = ["true"]
  }
}

locals {
  vpc_id     = var.vpc_id == null ? data.aws_vpc.default[0].id : var.vpc_id
  subnet_ids = var.vpc_id == null ? sort(data.aws_subnets.default[0].ids) : var.subnet_ids
}

resource "aws_security_group" "tasks" {
  name        = "${var.name}-tasks"
  description = "Tasks of ${var.name}: nothing in, HTTPS out."
  vpc_id      = local.vpc_id

  tags = { Name = "${var.name}-tasks" }
}

# HTTPS to the AWS APIs, whose addresses change; with endpoints, traffic of this VPC stays in it. Names are resolved by the VPC's own
# resolver, which security groups do not filter ("Amazon VPC User Guide", DNS attributes).
resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.tasks.id
  description       = "HTTPS, for the AWS APIs"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}
