mock_provider "aws" {
  source = "../../testing"
}

variables {
  name       = "p-dev"
  aws_region = "us-east-1"
}

run "by_default" {
  # The quick start uses the default VPC with public addresses.
  assert {
    condition     = output.assign_public_ip && length(output.subnet_ids) == 2 && length(aws_vpc_endpoint.interface) == 0
    error_message = "default VPC, no endpoints"
  }

  # Tasks run only in zones that have Fargate.
  assert {
    condition = data.aws_availability_zones.fargate[0].exclude_zone_ids == toset(var.zone_ids_without_fargate) && contains(var.zone_ids_without_fargate, "use1-az3") && anytrue([
      for filter in data.aws_subnets.default[0].filter : filter.name == "availability-zone" && toset(filter.values) == toset(["us-east-1a", "us-east-1b"])
    ])
    error_message = "a service that is given a subnet elsewhere is refused"
  }

  # Nothing comes in and only HTTPS goes out.
  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.endpoints) == 0
    error_message = "no ingress at all"
  }
  assert {
    condition     = aws_vpc_security_group_egress_rule.https.from_port == 443 && aws_vpc_security_group_egress_rule.https.to_port == 443
    error_message = "HTTPS only"
  }
}

run "a_given_vpc_has_private_tasks_and_complete_endpoints" {
  variables {
    vpc_id               = "vpc-0aaaaaaaaaaaaaaaa"
    subnet_ids           = ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbbb"]
    route_table_ids      = ["rtb-0aaaaaaaaaaaaaaaa"]
    create_vpc_endpoints = true
  }
  assert {
    condition     = output.assign_public_ip == false && output.subnet_ids == tolist(var.subnet_ids)
    error_message = "private subnets, no public address"
  }
  assert {
    condition     = toset([for endpoint in aws_vpc_endpoint.interface : endpoint.service_name]) == toset([for name in ["ecr.api", "ecr.dkr", "ecs", "logs", "sqs", "xray"] : "com.amazonaws.us-east-1.${name}"])
    error_message = "images, logs, queues, traces, task protection"
  }
  assert {
    condition     = aws_vpc_endpoint.gateway["s3"].vpc_endpoint_type == "Gateway"
    error_message = "image layers come from S3"
  }
}

run "secrets_a_shell_and_events_have_their_endpoints_too" {
  variables {
    vpc_id               = "vpc-0aaaaaaaaaaaaaaaa"
    subnet_ids           = ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbbb"]
    route_table_ids      = ["rtb-0aaaaaaaaaaaaaaaa"]
    create_vpc_endpoints = true
    exec_endpoints       = true
    event_endpoint       = true
    secret_endpoints     = ["secretsmanager", "ssm"]
  }
  assert {
    condition     = length(setsubtract(["events", "secretsmanager", "ssm", "ssmmessages"], keys(aws_vpc_endpoint.interface))) == 0
    error_message = "else tasks with secrets would not start"
  }
}

run "what_handlers_call_has_gateways" {
  variables {
    vpc_id          = "vpc-0aaaaaaaaaaaaaaaa"
    subnet_ids      = ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbbb"]
    route_table_ids = ["rtb-0aaaaaaaaaaaaaaaa"]
    vpc_endpoints   = ["s3", "dynamodb"]
  }
  assert {
    condition     = toset([for endpoint in aws_vpc_endpoint.gateway : endpoint.service_name]) == toset(["com.amazonaws.us-east-1.s3", "com.amazonaws.us-east-1.dynamodb"]) && length(aws_vpc_endpoint.interface) == 0
    error_message = "these two, and nothing that costs"
  }
}

run "a_gateway_that_there_is_not_or_without_route_tables_is_refused" {
  command = plan
  variables {
    vpc_endpoints = ["sqs"]
  }
  expect_failures = [var.vpc_endpoints]
}

run "half_a_network_is_refused" {
  command = plan
  variables {
    subnet_ids           = ["subnet-0aaaaaaaaaaaaaaaa"]
    create_vpc_endpoints = true
  }
  expect_failures = [var.subnet_ids, var.create_vpc_endpoints]
}
