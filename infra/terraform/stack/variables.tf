variable "project_name" {
  description = "How the names of everything begin, before the environment."
  type        = string
  default     = "message-driven-microservices"

  validation {
    # Longest name: {project}-{environment}-background-job-execution, 64 characters of a role's name ("IAM and AWS STS quotas").
    condition     = can(regex("^[a-z][a-z0-9-]*[a-z0-9]$", var.project_name)) && length("${var.project_name}-${var.environment}") <= 39
    error_message = "project_name must be lower-case letters, digits and hyphens; project_name and environment together at most 39 characters."
  }
}

variable "environment" {
  description = "dev, prod, ...: the second part of every name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,9}$", var.environment))
    error_message = "environment must be 2 to 10 lower-case letters and digits, beginning with a letter."
  }
}

variable "aws_region" {
  description = "The Region of everything."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.aws_region))
    error_message = "aws_region must be a Region's code, like us-east-1."
  }
}

variable "log_retention_days" {
  description = "Days that all log groups keep their events, job logs too."
  type        = number
  default     = 14
}

variable "container_insights" {
  description = "enabled, or enhanced (more metrics, at more cost)."
  type        = string
  default     = "enabled"
}

variable "adopt_insights_log_group" {
  description = "Whether the log group of Container Insights is there already and is taken over: after a destroy AWS may write it again. Of no effect where the state has it; `nox -s deploy` looks for itself."
  type        = bool
  default     = false
}

variable "enable_execute_command" {
  description = "ECS Exec: a shell in running tasks. Leave it off unless you need it now."
  type        = bool
  default     = false
}

variable "permissions_boundary_arn" {
  description = "The permissions boundary of all roles; null: the bootstrap's. Another one is an administrator's to apply: GitHub's apply role makes roles with the bootstrap's only."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything, beside Project and Environment."
  type        = map(string)
  default     = {}
}

# Queues

variable "sqs_customer_managed_key" {
  description = "Whether the queues are encrypted with the project's own key (SSE-KMS); false: with SQS's own keys (SSE-SQS), which cost nothing."
  type        = bool
  default     = true
}

variable "job_records" {
  description = "Whether there is a table of job records: one of each background job, from the moment in which a main job queues it. No second copy of a job runs beside the first or after it, and a job can be cancelled. About $4.4 for a million short jobs (docs/cost.md)."
  type        = bool
  default     = false
}

variable "job_events" {
  description = "Whether each end of a job is an EventBridge event, on a bus of the stack's own: Job Completed, Job Dead or Job Cancelled (docs/howto/react-to-outcomes.md). About $1 for a million."
  type        = bool
  default     = false
}

variable "kms_data_key_reuse_seconds" {
  description = "How long SQS reuses a data key, in seconds: longer means fewer calls of KMS."
  type        = number
  default     = 3600
}

variable "message_retention_seconds" {
  description = "How long a queue keeps a message, in seconds; dead letters are kept for 14 days from when they were sent first."
  type        = number
  default     = 345600
}

variable "trigger_producers" {
  description = "Who may send triggers, by a name of your choice. kind: role (its ARN), account (its root's ARN), sns (the topic's), s3 (the bucket's) or events (the rule's). What is read of each: docs/reference/producers.md."
  type        = map(object({ kind = string, arn = string }))
  default     = {}
}

variable "background_job_producers" {
  description = "Who, beside the main job, may send background jobs; as trigger_producers."
  type        = map(object({ kind = string, arn = string }))
  default     = {}
}

variable "queue_producers" {
  description = "Who may send to the queues of further services, by the queue's name in stack/main.tf; each as trigger_producers."
  type        = map(map(object({ kind = string, arn = string })))
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.queue_producers), setsubtract(keys(local.receivers), ["main-job-triggers", "background-jobs"]))) == 0
    error_message = "queue_producers: unknown: ${join(", ", setsubtract(keys(var.queue_producers), keys(local.receivers)))}; main-job-triggers has trigger_producers, background-jobs has background_job_producers."
  }
}
