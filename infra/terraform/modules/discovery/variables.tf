variable "project_name" {
  description = "The first part of the parameters' names."
  type        = string

  validation {
    condition     = !can(regex("^(?i)(aws|ssm)", var.project_name)) # "PutParameter", Name
    error_message = "project_name must not begin with aws or ssm: Parameter Store keeps such names for itself."
  }
}

variable "environment" {
  description = "The second part of the parameters' names."
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

variable "services" {
  description = "Each service by its name: its ECS service, its output, its queue, and the queues that it receives from and sends to, by their names."
  type = map(object({
    ecs_service       = string
    log_group         = string
    log_stream_prefix = string
    job_logs          = bool
    receives          = string
    sends             = list(string)
    queue_url         = string
    dead_letter_url   = string
  }))
}

variable "log_group_names" {
  description = "The log groups that all services share: ecs, metrics."
  type        = object({ ecs = string, metrics = string })
}

variable "metrics_namespace" {
  description = "The CloudWatch namespace of the metrics."
  type        = string
}

variable "kms_key_arn" {
  description = "The key of queues and logs."
  type        = string
}

variable "alarm_prefix" {
  description = "How the names of all alarms begin."
  type        = string
}

variable "dashboard_name" {
  description = "The CloudWatch dashboard's name."
  type        = string
}

variable "xray_group_name" {
  description = "The X-Ray group's name."
  type        = string
}

variable "job_table_name" {
  description = "The table of job records; null: there is none."
  type        = string
  default     = null
}
