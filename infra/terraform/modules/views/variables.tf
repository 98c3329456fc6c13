variable "name" {
  description = "{project}-{environment}: the dashboard's name, the folder of the saved queries and, where it is short enough, the X-Ray group."
  type        = string
}

variable "project_name" {
  description = "The first part of name."
  type        = string
}

variable "environment" {
  description = "The second part of name."
  type        = string
}

variable "aws_region" {
  description = "The Region of the stack."
  type        = string
}

variable "cluster_name" {
  description = "The ECS cluster's name."
  type        = string
}

variable "metrics_namespace" {
  description = "The CloudWatch namespace of the metrics."
  type        = string
}

variable "ecs_log_group_name" {
  description = "The log group of stopped tasks and of the collectors' output."
  type        = string
}

variable "insights_log_group_name" {
  description = "The log group of Container Insights' performance events."
  type        = string
}

variable "services" {
  description = "What is looked at, by the service's name. thresholds: the worker module's."
  type = map(object({
    ecs_service_name = string
    log_group_name   = string
    job_logs         = bool
    queue_name       = string
    dead_letter_name = string
    alarm_arns       = list(string)
    thresholds       = map(number)
  }))
}
