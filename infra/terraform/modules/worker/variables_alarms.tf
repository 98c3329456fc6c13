variable "alarm_topic_arn" {
  description = "The SNS topic that alarms go to."
  type        = string
}

variable "alarms_document" {
  description = "Where docs/alarms.md is found; each alarm's description ends with it and the alarm's heading."
  type        = string
  default     = "docs/alarms.md"
}

variable "composite_alarms" {
  description = "Whether the service has a composite alarm; false where CloudWatch does not offer them."
  type        = bool
  default     = true
}

variable "thresholds" {
  description = "An alarm is on above its threshold. Counts are for 5 minutes; error_rate_min_failures: fewer failures are no rate."
  type = object({
    error_count             = optional(number, 5)
    error_rate_percent      = optional(number, 50)
    error_rate_min_failures = optional(number, 5)
    failing_tasks           = optional(number, 2)
    cpu_percent             = optional(number, 80)
    memory_percent          = optional(number, 80)
    queue_depth             = optional(number, 50)
    queue_age_seconds       = optional(number, 900)
    dead_letters            = optional(number, 0)
    stuck_slots             = optional(number, 0)
    job_logs_undelivered    = optional(number, 0)
    job_records_unwritten   = optional(number, 5)
    job_events_unsent       = optional(number, 20)
  })
  default = {}

  validation {
    condition     = alltrue([for threshold in values(var.thresholds) : threshold >= 0])
    error_message = "thresholds must be 0 or more."
  }
  validation {
    condition     = alltrue([for name in ["error_rate_percent", "cpu_percent", "memory_percent"] : var.thresholds[name] < 100])
    error_message = "thresholds: error_rate_percent, cpu_percent and memory_percent must be below 100, or the alarm is never on."
  }
}
