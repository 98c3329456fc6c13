variable "name" {
  description = "{project}-{environment}: how the names of the policies begin."
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

variable "cluster_arn" {
  description = "The ECS cluster's ARN."
  type        = string
}

variable "services" {
  description = "What is looked at and repaired, by the service's name. job_logs: its jobs have log streams of their own."
  type = map(object({
    scalable_target_arn   = string
    log_group_name        = string
    job_logs              = bool
    queue_arn             = string
    image_repository_arns = list(string)
  }))
}

variable "ecs_log_group_name" {
  description = "The log group of stopped tasks and of the collectors' output. Those of the services and of the metrics lie under its name."
  type        = string
}

variable "queue_key_arn" {
  description = "The key that the queues are encrypted with; null: SSE-SQS, which needs no rights."
  type        = string
  default     = null
}

variable "stack_parameter_arn" {
  description = "The parameter that says where everything is."
  type        = string
}

variable "paused_parameter_arn" {
  description = "The parameter of paused services."
  type        = string
}

variable "job_table" {
  description = "The table of job records, as the job-records module made it; null: there is none."
  type        = object({ arn = string, kms_key_arn = string })
  default     = null
}
