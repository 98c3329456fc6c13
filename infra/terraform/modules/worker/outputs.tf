output "service_name" {
  description = "The ECS service's name."
  value       = aws_ecs_service.this.name
}

output "task_definition_arn" {
  description = "The task definition's ARN, with its revision."
  value       = aws_ecs_task_definition.this.arn
}

output "log_group_name" {
  description = "The service's log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "image_repository_url" {
  description = "The ECR repository of the service's image."
  value       = split("@", var.image)[0]
}

output "container_definitions" {
  description = "What ECS is asked to run, JSON: the worker, the collector."
  value       = aws_ecs_task_definition.this.container_definitions
}
