output "vpc_id" {
  description = "The VPC that tasks run in."
  value       = local.vpc_id
}

output "subnet_ids" {
  description = "Where tasks run."
  value       = local.subnet_ids
}

output "security_group_id" {
  description = "The tasks' security group, once there is a way to the AWS APIs."
  value       = aws_security_group.tasks.id

  depends_on = [
    aws_vpc_security_group_egress_rule.https, aws_vpc_security_group_ingress_rule.endpoints, aws_vpc_endpoint.interface, aws_vpc_endpoint.gateway,
  ]
}

output "assign_public_ip" {
  description = "Whether tasks need a public address: only in the default VPC, where nothing else leads to the AWS APIs."
  value       = var.vpc_id == null
}
