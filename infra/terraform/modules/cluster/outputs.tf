output "name" {
  description = "The cluster's name, once services can be made in it."
  value       = aws_ecs_cluster.this.name

  depends_on = [aws_ecs_cluster_capacity_providers.this]
}

output "arn" {
  description = "The cluster's ARN."
  value       = aws_ecs_cluster.this.arn
}

output "log_group_names" {
  description = "The groups that all services share, once they are made."
  value       = { for use, name in var.log_group_names : use => aws_cloudwatch_log_group.this[name].name }
}
