variable "name" {
  description = "{project}-{environment}: how the names of everything begin."
  type        = string
}

variable "aws_region" {
  description = "The Region of the cluster."
  type        = string
}

variable "log_group_names" {
  description = "The groups that all services share: ecs (state changes, the collectors' output), metrics (embedded metric format), insights (Container Insights)."
  type = object({
    ecs      = string
    metrics  = string
    insights = string
  })
}

variable "log_retention_days" {
  description = "Days that log events are kept."
  type        = number

  validation {
    condition = contains( # "PutRetentionPolicy", retentionInDays
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days,
    )
    error_message = "log_retention_days must be 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "kms_key_arn" {
  description = "The key that the log groups are encrypted with."
  type        = string
}

variable "container_insights" {
  description = "enabled, or enhanced (more metrics, per container, at more cost)."
  type        = string
  default     = "enabled"

  validation {
    condition     = contains(["enabled", "enhanced"], var.container_insights)
    error_message = "container_insights must be enabled or enhanced: scaling and alarms need its RunningTaskCount."
  }
}
