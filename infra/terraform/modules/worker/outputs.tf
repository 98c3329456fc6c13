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

output "image_repository_arns" {
  description = "The repositories of both containers' images."
  value       = local.image_repository_arns
}

output "container_definitions" {
  description = "What ECS is asked to run, JSON: the worker, the collector."
  value       = aws_ecs_task_definition.this.container_definitions
}

output "environment_names" {
  description = "The names in the worker's environment that have a value, secrets among them; known before the apply, as not all values are."
  value = sort(concat(
    keys(local.stack_environment),
    [for name, value in var.own_environment : name if value != ""],
    keys(var.secrets),
  ))
}

output "service_arn" {
  description = "The ECS service's ARN, known before it is made."
  value       = local.service_arn
}

output "scalable_target_arn" {
  description = "What Application Auto Scaling calls the service's scaling."
  value       = local.target.arn
}

output "log_stream_prefix" {
  description = "How the names of the worker container's log streams begin; the task's id follows."
  value       = "${var.service}/${var.service}/" # awslogs: prefix/container/task
}

output "alarm_arns" {
  description = "The service's alarms that notify, without the composite one."
  value = sort(concat(
    [for alarm in aws_cloudwatch_metric_alarm.metric : alarm.arn],
    [for alarm in aws_cloudwatch_metric_alarm.math : alarm.arn],
  ))
}

output "thresholds" {
  description = "Above what each alarm is on."
  value       = var.thresholds
}
