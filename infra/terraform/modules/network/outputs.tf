output "subnet_ids" {
  description = "Where tasks run."
  value       = local.subnet_ids
}

output "security_group_id" {
  description = "The tasks' security group."
  value       = aws_security_group.tasks.id
}

output "assign_public_ip" {
  description = "Whether tasks need a public address: only in the default VPC, where nothing else leads to the AWS APIs."
  value       = var.vpc_id == null
}
