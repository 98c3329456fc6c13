variable "name" {
  description = "{project}-{environment}: how the names of everything begin."
  type        = string
}

variable "service" {
  description = "The service: main-job, background-job, ... Also the container's name and the log stream prefix."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.service))
    error_message = "service must be 2 to 31 lower-case letters, digits and hyphens, beginning with a letter."
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
    url               = string
    arn               = string
    dead_letter_name  = string
    dead_letter_url   = string
    dead_letter_arn   = string
    lease_seconds     = number
    max_receive_count = number
  })
}

variable "receives" {
  description = "The short name of that queue: background-jobs. Its URLs are in the service's environment as BACKGROUND_JOBS_QUEUE_URL and BACKGROUND_JOBS_DLQ_URL."
  type        = string
}

variable "sends" {
  description = "The queues that the service sends jobs to, by their short names, its own among them or not: the right to send, and the URL in its environment."
  type        = map(object({ url = string, arn = string }))
  default     = {}
}

variable "job_logs" {
  description = "Whether each job has a log stream of its own in the service's log group."
  type        = bool
  default     = false
}

variable "job_table" {
  description = "The table of job records, as the job-records module made it; null: there is none."
  type        = object({ name = string, arn = string, kms_key_arn = string })
  default     = null
}

variable "event_bus" {
  description = "The bus that gets an event of each job's end, as the event-bus module made it; null: there is none."
  type        = object({ name = string, arn = string })
  default     = null
}

variable "own_environment" {
  description = "What the service's own settings declare: names in its environment to values. Everybody who may read the task definition reads them."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.own_environment) : can(regex(local.name_form, name))])
    error_message = "environment of ${var.service}: ${join(", ", [for name in keys(var.own_environment) : name if !can(regex(local.name_form, name))])} must be letters, digits and underscores, not beginning with a digit: names of environment variables."
  }
  validation {
    condition     = length(setintersection(keys(var.own_environment), keys(local.stack_environment))) == 0
    error_message = "environment of ${var.service}: the stack sets ${join(", ", setintersection(keys(var.own_environment), keys(local.stack_environment)))} itself: take another name; a setting's value belongs into settings."
  }
}

variable "secrets" {
  description = "Names in the service's environment to the ARNs of SSM parameters or Secrets Manager secrets; ECS reads them when a task starts."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.secrets) : can(regex(local.name_form, name))])
    error_message = "secrets: ${join(", ", [for name in keys(var.secrets) : name if !can(regex(local.name_form, name))])} must be letters, digits and underscores, not beginning with a digit: names of environment variables."
  }
  validation {
    condition     = length(setintersection(keys(var.secrets), keys(local.environment))) == 0
    error_message = "secrets: ${join(", ", setintersection(keys(var.secrets), keys(local.environment)))} must be another name: the stack or the service's environment sets it already."
  }
  validation {
    # One parameter, or one secret by its whole ARN, with JSON key, version stage and version id where wanted ("Pass Secrets Manager secrets through
    # Amazon ECS environment variables"): a part of an ARN or a wildcard would be a right to more than one.
    condition     = alltrue([for arn in values(var.secrets) : can(regex(local.secret_form, arn))])
    error_message = "secrets: each value must be the whole ARN of one SSM parameter (arn:aws:ssm:REGION:ACCOUNT:parameter/NAME) or of one Secrets Manager secret (arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX, with its six random characters; then :JSON-KEY:STAGE:VERSION where wanted), without wildcards."
  }
}

variable "policy_statements" {
  description = "What the service's handlers may do in AWS beside the runtime's own rights, by a name of your choice: { ReadInvoices = { actions = [\"s3:GetObject\"], resources = [\"arn:aws:s3:::invoices/*\"] } }. A policy of its own on the task role."
  type        = map(object({ actions = list(string), resources = list(string), condition = optional(map(map(list(string))), {}) }))
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.policy_statements) : can(regex("^[A-Za-z0-9]+$", name))])
    error_message = "policy_statements: a name is letters and digits, as IAM takes them."
  }
  validation {
    condition     = alltrue([for one in values(var.policy_statements) : length(one.actions) > 0 && alltrue([for action in one.actions : can(regex("^[a-z0-9-]+:[A-Za-z0-9*]+$", action))])])
    error_message = "policy_statements: actions are SERVICE:ACTION, like s3:GetObject or dynamodb:Get*."
  }
  validation {
    condition     = alltrue([for one in values(var.policy_statements) : length(one.resources) > 0 && alltrue([for arn in one.resources : arn == "*" || can(regex("^arn:[^:]+:[^:*]+:", arn))])])
    error_message = "policy_statements: resources are ARNs, wildcards in them after the service; or \"*\" for actions that know no resources."
  }
  validation {
    condition     = alltrue([for one in values(var.policy_statements) : !contains(one.resources, "*") || !anytrue([for action in one.actions : strcontains(action, "*")])])
    error_message = "policy_statements: ${join(", ", [for name, one in var.policy_statements : name if contains(one.resources, "*") && anytrue([for action in one.actions : strcontains(action, "*")])])} must name its actions, or the resources that they are for: a wildcard on everything is refused."
  }
}

variable "secret_kms_key_arns" {
  description = "Customer managed keys that the secrets are encrypted with; none for those of AWS. Counts only where there are secrets."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.secret_kms_key_arns : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", arn))])
    error_message = "secret_kms_key_arns must be whole ARNs of keys (arn:aws:kms:REGION:ACCOUNT:key/ID); an alias gives no right."
  }
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

variable "task_role" {
  description = "The role of the service's tasks, as the task-roles module made it; it gets its rights here."
  type        = object({ name = string, arn = string })
}

variable "execution_role" {
  description = "The role that ECS starts them with, likewise."
  type        = object({ name = string, arn = string })
}

variable "enable_execute_command" {
  description = "ECS Exec: a shell in running tasks. Off unless somebody needs it now; the read-only root file system limits it."
  type        = bool
  default     = false
}

variable "egress" {
  description = "Where the service's tasks may connect to beside HTTPS, by a name of your choice: { Database = { port = 5432, security_group_id = \"sg-0123456789abcdef0\" } }, or a cidr. TCP."
  type        = map(object({ port = number, cidr = optional(string), security_group_id = optional(string) }))
  default     = {}

  validation {
    condition     = alltrue([for one in values(var.egress) : one.port >= 1 && one.port <= 65535 && floor(one.port) == one.port])
    error_message = "egress: port must be a whole number between 1 and 65,535: all ports at once are refused."
  }
  validation {
    condition     = alltrue([for one in values(var.egress) : (one.cidr == null) != (one.security_group_id == null)])
    error_message = "egress: each must have a cidr or a security_group_id, one of the two."
  }
  validation {
    condition     = alltrue([for one in values(var.egress) : one.cidr == null ? true : can(cidrnetmask(one.cidr))])
    error_message = "egress: cidr must be an IPv4 range like 10.0.0.0/16."
  }
  validation {
    condition     = alltrue([for one in values(var.egress) : one.security_group_id == null ? true : startswith(one.security_group_id, "sg-")])
    error_message = "egress: security_group_id must be one, like sg-0123456789abcdef0."
  }
}

variable "vpc_id" {
  description = "The VPC of the subnets."
  type        = string
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
