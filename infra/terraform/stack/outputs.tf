output "sqs_main_job_triggers_queue_url" {
  description = "Send triggers here."
  value       = module.queue["main-job-triggers"].url
}

output "sqs_main_job_triggers_dlq_url" {
  description = "Triggers that could not be handled."
  value       = module.queue["main-job-triggers"].dead_letter_url
}

output "sqs_main_job_triggers_dlq_arn" {
  description = "The same queue's ARN, which a redrive asks for."
  value       = module.queue["main-job-triggers"].dead_letter_arn
}

output "sqs_background_jobs_queue_url" {
  description = "Background jobs on their way."
  value       = module.queue["background-jobs"].url
}

output "sqs_background_jobs_dlq_url" {
  description = "Background jobs that could not be done."
  value       = module.queue["background-jobs"].dead_letter_url
}

output "sqs_background_jobs_dlq_arn" {
  description = "The same queue's ARN, which a redrive asks for."
  value       = module.queue["background-jobs"].dead_letter_arn
}

output "ecs_cluster_name" {
  description = "The cluster."
  value       = module.cluster.name
}

output "ecs_main_job_service_name" {
  description = "The main job's ECS service."
  value       = module.worker["main-job"].service_name
}

output "ecs_background_job_service_name" {
  description = "The background job's ECS service."
  value       = module.worker["background-job"].service_name
}

output "ecs_main_job_task_definition_arn" {
  description = "The main job's task definition."
  value       = module.worker["main-job"].task_definition_arn
}

output "ecs_background_job_task_definition_arn" {
  description = "The background job's task definition."
  value       = module.worker["background-job"].task_definition_arn
}

output "iam_task_role_arns" {
  description = "What each service may do."
  value       = { for name, roles in module.roles : replace(name, "-", "_") => roles.task.arn }
}

output "cloudwatch_log_group_main_job" {
  description = "The main job's output."
  value       = module.worker["main-job"].log_group_name
}

output "cloudwatch_log_group_background_job" {
  description = "The background job's output, and every job's own log stream (job-streams/DATE/JOB-ID)."
  value       = module.worker["background-job"].log_group_name
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
  value       = module.worker["main-job"].image_repository_url
}

output "ecr_background_job_repository_url" {
  description = "Push the background job's images here."
  value       = module.worker["background-job"].image_repository_url
}

output "event_bus_name" {
  description = "The bus that gets an event of each job's end, for rules; null without job_events."
  value       = one(module.event_bus[*].name)
}

output "event_bus_arn" {
  description = "The same bus's ARN."
  value       = one(module.event_bus[*].arn)
}

output "sns_alerts_topic_arn" {
  description = "Where alarms go."
  value       = module.alarm_topic.arn
}

output "kms_key_arn" {
  description = "The key of queues, logs and alarms."
  value       = module.encryption.key_arn
}

output "services" {
  description = "Each service by its name, those without outputs of their own too: ecs_service_name, ecs_task_definition_arn, cloudwatch_log_group, ecr_repository_url, sqs_queue_url, sqs_dlq_url, sqs_dlq_arn."
  value = {
    for name, service in local.services : name => {
      ecs_service_name        = module.worker[name].service_name
      ecs_task_definition_arn = module.worker[name].task_definition_arn
      cloudwatch_log_group    = module.worker[name].log_group_name
      ecr_repository_url      = module.worker[name].image_repository_url
      sqs_queue_url           = module.queue[service.receives].url
      sqs_dlq_url             = module.queue[service.receives].dead_letter_url
      sqs_dlq_arn             = module.queue[service.receives].dead_letter_arn
    }
  }
}

output "environment_names" {
  description = "Each service's names in its environment, secrets among them: a deployment compares them with what the service's image declares."
  value       = { for name, worker in module.worker : name => worker.environment_names }
}

output "ssm_stack_parameter_name" {
  description = "The parameter that tells the jobs command where everything is."
  value       = module.discovery.stack_parameter.name
}

output "ssm_paused_parameter_name" {
  description = "The parameter of paused services; operators write it, Terraform leaves it."
  value       = module.discovery.paused_parameter.name
}

output "iam_operator_read_policy_arn" {
  description = "For whoever looks: jobs, queues, logs, traces, alarms. Attach it to a role of yours."
  value       = module.operators.policies["operator-read"].arn
}

output "iam_operator_repair_policy_arn" {
  description = "For whoever repairs: as operator-read; send, redrive, drop, pause, resume."
  value       = module.operators.policies["operator-repair"].arn
}

output "iam_client_submit_policy_arn" {
  description = "For code that submits jobs with jobqueue.client; with the next one too, cancels them. Attach it to its role."
  value       = module.client_access.policy_arns["submit"]
}

output "iam_client_read_policy_arn" {
  description = "For code that asks for jobs: get, wait, list."
  value       = module.client_access.policy_arns["read"]
}

output "iam_client_logs_policy_arn" {
  description = "For code that reads the logs of jobs."
  value       = module.client_access.policy_arns["logs"]
}

output "cloudwatch_dashboard_name" {
  description = "The CloudWatch dashboard."
  value       = module.views.dashboard_name
}

output "cloudwatch_query_names" {
  description = "The saved queries of CloudWatch Logs Insights."
  value       = module.views.query_names
}

output "xray_group_name" {
  description = "The X-Ray group of the services' traces."
  value       = module.views.xray_group_name
}

output "iam_grafana_role_arn" {
  description = "The role that Grafana's data sources assume; null without grafana_principal_arns."
  value       = module.grafana.role_arn
}
