# The service's settings. An attribute is a name in the environment in lower case, with the default of the code
# (`main-job --help`, `background-job --help` list them with their meaning); the worker checks them again at its start.

variable "settings" {
  description = "The settings of the service: names of its environment in lower case."
  type = object({
    # queues and logging
    max_message_bytes = optional(number, 262144)
    log_level         = optional(string, "INFO")
    # the consumer
    max_concurrency           = optional(number, 10)
    max_unsettled             = optional(number, 200)
    max_polls                 = optional(number, 8)
    poll_wait_seconds         = optional(number, 20)
    lease_seconds             = optional(number, 60)
    max_attempts              = optional(number, 5)
    max_receive_count         = optional(number, 10)
    retry_first_seconds       = optional(number, 2)
    retry_max_seconds         = optional(number, 900)
    unsupported_first_seconds = optional(number, 30)
    job_timeout_seconds       = optional(number, 300)
    receive_linger_seconds    = optional(number, 0.05)
    send_linger_seconds       = optional(number, 0.02)
    settle_linger_seconds     = optional(number, 0.2)
    settle_calls              = optional(number, 16)
    protection_after_seconds  = optional(number, 10)
    protection_max_seconds    = optional(number, 1800)
    # the stop path
    grace_seconds           = optional(number, 50)
    job_log_flush_seconds   = optional(number, 10)
    settle_flush_seconds    = optional(number, 10)
    resources_close_seconds = optional(number, 5)
    telemetry_flush_seconds = optional(number, 5)
    stop_timeout_seconds    = optional(number, 90)
    # the health check
    health_file            = optional(string, "/tmp/jobqueue.health")
    health_max_age_seconds = optional(number, 90)
    # job records
    job_record_triggers = optional(bool, false)
    job_record_days     = optional(number, 30)
    # job logs (background job)
    job_log_streams_per_second  = optional(number, 10)
    job_log_stream_wait_seconds = optional(number, 5)
    job_log_confirm_seconds     = optional(number, 30)
    job_log_linger_seconds      = optional(number, 5)
    job_log_batch_bytes         = optional(number, 262144)
    job_log_buffer_bytes        = optional(number, 33554432)
    job_log_shippers            = optional(number, 64)
  })
  default = {}

  validation {
    condition = alltrue([
      for name, range in local.setting_ranges : var.settings[name] >= range[0] && var.settings[name] <= range[1]
    ])
    error_message = "settings: ${join("; ", [
      for name, range in local.setting_ranges : "${name} = ${var.settings[name]} must be between ${range[0]} and ${range[1]}"
      if var.settings[name] < range[0] || var.settings[name] > range[1]
    ])}."
  }
  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR"], var.settings.log_level)
    error_message = "settings: log_level must be DEBUG, INFO, WARNING or ERROR."
  }
  validation {
    condition     = var.settings.grace_seconds + var.settings.job_log_flush_seconds + var.settings.settle_flush_seconds + var.settings.resources_close_seconds + var.settings.telemetry_flush_seconds < var.settings.stop_timeout_seconds
    error_message = "settings: grace_seconds + job_log_flush_seconds + settle_flush_seconds + resources_close_seconds + telemetry_flush_seconds = ${var.settings.grace_seconds + var.settings.job_log_flush_seconds + var.settings.settle_flush_seconds + var.settings.resources_close_seconds + var.settings.telemetry_flush_seconds} must stay below stop_timeout_seconds = ${var.settings.stop_timeout_seconds}: ECS would kill a worker that still drains."
  }
  validation {
    condition     = floor(var.settings.stop_timeout_seconds) == var.settings.stop_timeout_seconds
    error_message = "settings: stop_timeout_seconds must be a whole number: ECS takes no other."
  }
  validation {
    condition     = var.settings.stop_timeout_seconds + var.collector_stop_timeout_seconds <= 120
    error_message = "settings: stop_timeout_seconds = ${var.settings.stop_timeout_seconds} + collector_stop_timeout_seconds = ${var.collector_stop_timeout_seconds} must be at most 120: they stop one after the other, and Fargate Spot warns two minutes ahead."
  }
  validation {
    condition     = var.settings.grace_seconds > var.settings.poll_wait_seconds
    error_message = "settings: grace_seconds = ${var.settings.grace_seconds} must be longer than poll_wait_seconds = ${var.settings.poll_wait_seconds}: a poll in flight at the stop is waited for."
  }
  validation {
    condition     = var.settings.max_receive_count >= var.settings.max_attempts + 5
    error_message = "settings: max_receive_count = ${var.settings.max_receive_count} must be at least max_attempts + 5 = ${var.settings.max_attempts + 5}: SQS would move healthy messages to the dead-letter queue."
  }
  validation {
    condition     = var.settings.lease_seconds == var.queue.lease_seconds
    error_message = "settings: lease_seconds = ${var.settings.lease_seconds} must equal the visibility timeout of ${var.queue.name}, ${var.queue.lease_seconds} s: set both with lease_seconds."
  }
  validation {
    condition     = var.settings.max_receive_count == var.queue.max_receive_count
    error_message = "settings: max_receive_count = ${var.settings.max_receive_count} must equal the maxReceiveCount of ${var.queue.name}, ${var.queue.max_receive_count}: the worker refuses to start otherwise."
  }
  validation {
    condition     = var.settings.settle_linger_seconds * 5 <= var.settings.lease_seconds
    error_message = "settings: settle_linger_seconds = ${var.settings.settle_linger_seconds} must be at most a fifth of lease_seconds = ${var.settings.lease_seconds}."
  }
  validation {
    condition     = var.settings.max_unsettled >= var.settings.max_concurrency
    error_message = "settings: max_unsettled = ${var.settings.max_unsettled} must be at least max_concurrency = ${var.settings.max_concurrency}."
  }
  validation {
    condition     = var.settings.retry_first_seconds <= var.settings.retry_max_seconds
    error_message = "settings: retry_first_seconds = ${var.settings.retry_first_seconds} must not exceed retry_max_seconds = ${var.settings.retry_max_seconds}."
  }
  validation {
    condition     = var.settings.job_log_confirm_seconds > var.settings.job_log_stream_wait_seconds
    error_message = "settings: job_log_confirm_seconds = ${var.settings.job_log_confirm_seconds} must be longer than job_log_stream_wait_seconds = ${var.settings.job_log_stream_wait_seconds}."
  }
  validation {
    condition     = startswith(var.settings.health_file, "/tmp/")
    error_message = "settings: health_file must lie under /tmp/: the rest of the file system is read-only."
  }
}

locals {
  # What the code allows (least, most). The queue's own limits are checked by the queue module.
  setting_ranges = {
    max_concurrency             = [1, 500]
    max_unsettled               = [1, 20000]
    max_polls                   = [1, 16]
    poll_wait_seconds           = [0, 20]
    lease_seconds               = [2, 43200]
    max_attempts                = [1, 995]
    max_receive_count           = [1, 1000]
    retry_first_seconds         = [0.1, 43200]
    retry_max_seconds           = [1, 43200]
    unsupported_first_seconds   = [0.1, 43200]
    job_timeout_seconds         = [0.1, 43200]
    receive_linger_seconds      = [0, 1]
    send_linger_seconds         = [0, 1]
    settle_linger_seconds       = [0, 1]
    settle_calls                = [1, 64]
    protection_after_seconds    = [0, 3600]
    protection_max_seconds      = [10, 172800] # 48 h, ECS's own limit ("UpdateTaskProtection", expiresInMinutes)
    grace_seconds               = [0, 120]
    job_log_flush_seconds       = [0, 60]
    settle_flush_seconds        = [0, 60]
    resources_close_seconds     = [0, 60]
    telemetry_flush_seconds     = [0, 60]
    stop_timeout_seconds        = [2, 120]
    health_max_age_seconds      = [30, 3600]
    job_record_days             = [1, 3650]
    job_log_streams_per_second  = [0.01, 100000]
    job_log_stream_wait_seconds = [0, 60]
    job_log_confirm_seconds     = [1, 600]
    job_log_linger_seconds      = [0.1, 300]
    job_log_batch_bytes         = [1024, 1048576]
    job_log_buffer_bytes        = [16777216, 1073741824]
    job_log_shippers            = [1, 256]
  }

  # A service without job logs does not know these.
  job_log_settings = [
    "job_log_streams_per_second", "job_log_stream_wait_seconds", "job_log_confirm_seconds", "job_log_linger_seconds",
    "job_log_batch_bytes", "job_log_buffer_bytes", "job_log_shippers",
  ]
  settings_environment = {
    for name, value in var.settings : upper(name) => tostring(value)
    if var.job_logs || !contains(local.job_log_settings, name)
  }
}
