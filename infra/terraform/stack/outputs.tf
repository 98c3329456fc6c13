output "sqs_main_job_triggers_queue_url" {
  description = "Send triggers here."
  value       = module.triggers.url
}

output "sqs_main_job_triggers_dlq_url" {
  description = "Triggers that could not be handled."
  value       = module.triggers.dead_letter_url
}

output "sqs_main_job_triggers_dlq_arn" {
  description = "The same queue's ARN, which a redrive asks for."
  value       = module.triggers.dead_letter_arn
}

output "sqs_background_jobs_queue_url" {
  description = "Background jobs on their way."
  value       = module.background_jobs.url
}

output "sqs_background_jobs_dlq_url" {
  description = "Background jobs that could not be done."
  value       = module.background_jobs.dead_letter_url
}

output "sqs_background_jobs_dlq_arn" {
  description = "The same queue's ARN, which a redrive asks for."
  value       = module.background_jobs.dead_letter_arn
}

output "ecs_cluster_name" {
  description = "The cluster."
  value       = module.cluster.name
}

output "ecs_main_job_service_name" {
  description = "The main job's ECS service."
  value       = module.main_job.service_name
}

output "ecs_background_job_service_name" {
  description = "The background job's ECS service."
  value       = module.background_job.service_name
}

output "ecs_main_job_task_definition_arn" {
  description = "The main job's task definition."
  value       = module.main_job.task_definition_arn
}

output "ecs_background_job_task_definition_arn" {
  description = "The background job's task definition."
  value       = module.background_job.task_definition_arn
}

output "iam_task_role_arns" {
  description = "What each service may do."
  value       = { main_job = module.main_job.task_role_arn, background_job = module.background_job.task_role_arn }
}

output "cloudwatch_log_group_main_job" {
  description = "The main job's output."
  value       = module.main_job.log_group_name
}

output "cloudwatch_log_group_background_job" {
  description = "The background job's output, and every job's own log stream (job-streams/DATE/JOB-ID)."
  value       = module.background_job.log_group_name
}

output "cloudwatch_log_group_ecs" {
  description = "Why tasks stopped, deployments, and the collectors' output."
  value       = module.cluster.log_group_names.ecs
}

output "cloudwatch_log_group_metrics" {
  description = "The metrics in embedded metric format."
  value       = module.cluster.log_group_names.metrics
}

output "cloudwatch_metrics_namespace" {
  description = "The namespace of the metrics."
  value       = local.name
}

output "ecr_main_job_repository_url" {
  description = "Push the main job's images here."
  value       = module.main_job.image_repository_url
}

output "ecr_background_job_repository_url" {
  description = "Push the background job's images here."
  value       = module.background_job.image_repository_url
}

output "sns_alerts_topic_arn" {
  description = "Where alarms go."
  value       = module.alarm_topic.arn
}

output "kms_key_arn" {
  description = "The key of queues, logs and alarms."
  value       = module.encryption.key_arn
}
