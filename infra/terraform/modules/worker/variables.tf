variable "name" {
  description = "{project}-{environment}: how the names of everything begin."
  type        = string
}

variable "service" {
  description = "The service: main-job or background-job. Also the container's name and the log stream prefix."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.service))
    error_message = "service must be 2 to 31 lower-case letters, digits and hyphens, beginning with a letter."
  }
  validation {
    condition     = length(var.name) + length(var.service) <= 53 # 64 characters of a role's name ("IAM and AWS STS quotas"), less "-" and "-execution"
    error_message = "service: name and service together must be at most 53 characters."
  }
}

variable "environment_name" {
  description = "dev, prod, ...: the resource attribute deployment.environment.name of all telemetry."
  type        = string
}

variable "aws_region" {
  description = "The Region that everything is in."
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

variable "queue" {
  description = "The queue that the service receives from, as the queue module made it, and what the worker must agree on with it."
  type = object({
    name              = string
    arn               = string
    dead_letter_name  = string
    dead_letter_arn   = string
    lease_seconds     = number
    max_receive_count = number
  })
}

variable "next_queue_arn" {
  description = "The queue that the service sends its next jobs to; null: it sends none."
  type        = string
  default     = null
}

variable "job_logs" {
  description = "Whether each job has a log stream of its own in the service's log group."
  type        = bool
  default     = false
}

variable "environment" {
  description = "What else the service reads from its environment: its queues' URLs."
  type        = map(string)
  default     = {}
}

variable "kms_key_arn" {
  description = "The key that the queues are encrypted with; null: SSE-SQS, which needs no rights."
  type        = string
  default     = null
}

variable "log_kms_key_arn" {
  description = "The key that the log group is encrypted with."
  type        = string
}

variable "log_retention_days" {
  description = "Days that log events are kept."
  type        = number
  default     = 14
}

variable "ecs_log_group_name" {
  description = "The log group of the collector's output and of ECS's task and deployment state changes."
  type        = string
}

variable "metrics_log_group_name" {
  description = "The log group that metrics are sent to in embedded metric format."
  type        = string
}

variable "metrics_namespace" {
  description = "The CloudWatch namespace of the metrics."
  type        = string
}

variable "permissions_boundary_arn" {
  description = "A permissions boundary for both roles; null: none."
  type        = string
  default     = null
}

variable "enable_execute_command" {
  description = "ECS Exec: a shell in running tasks. Off unless somebody needs it now; the read-only root file system limits it."
  type        = bool
  default     = false
}

variable "subnet_ids" {
  description = "Where tasks run."
  type        = list(string)
}

variable "security_group_ids" {
  description = "The security groups of tasks."
  type        = list(string)
}

variable "assign_public_ip" {
  description = "Whether tasks have a public address: needed in public subnets, where nothing else leads to the AWS APIs."
  type        = bool
}
