# The settings of the services: names of their environment in lower case, with the defaults of the code. A service that needs another
# value gets it in main_job.settings or background_job.settings. What is legal, the worker module checks and says.

# Queues and logging

variable "max_message_bytes" {
  description = "The queues' MaximumMessageSize; checked before sending, in bytes. Above 262,144 it needs a provider that takes it: 5.100 answers \"expected max_message_size to be in the range (1024 - 262144)\"."
  type        = number
  default     = 262144
}

variable "log_level" {
  description = "Lowest level of the lines on stdout: DEBUG, INFO, WARNING or ERROR."
  type        = string
  default     = "INFO"
}

# The consumer

variable "max_concurrency" {
  description = "Slots: jobs that run at once."
  type        = number
  default     = 10
}

variable "max_unsettled" {
  description = "Deliveries held at once, running or waiting to be settled; past it receiving waits."
  type        = number
  default     = 200
}

variable "max_polls" {
  description = "Receives in flight at once under load; one when the queue is quiet."
  type        = number
  default     = 8
}

variable "poll_wait_seconds" {
  description = "How long a poll waits for messages; SQS allows at most 20; in seconds."
  type        = number
  default     = 20
}

variable "lease_seconds" {
  description = "How long a message stays hidden between renewals, in seconds."
  type        = number
  default     = 60
}

variable "max_attempts" {
  description = "Handler runs before a failing job is dead-lettered."
  type        = number
  default     = 5
}

variable "max_receive_count" {
  description = "The queue's maxReceiveCount, above which SQS itself dead-letters; checked at start."
  type        = number
  default     = 10
}

variable "retry_first_seconds" {
  description = "Upper bound of the first retry's random delay; doubles, in seconds."
  type        = number
  default     = 2
}

variable "retry_max_seconds" {
  description = "Upper bound of any retry's delay, in seconds."
  type        = number
  default     = 900
}

variable "unsupported_first_seconds" {
  description = "First delay of a job whose type or version this worker does not know; doubles, in seconds."
  type        = number
  default     = 30
}

variable "job_timeout_seconds" {
  description = "A handler running longer counts as hung, in seconds."
  type        = number
  default     = 300
}

variable "receive_linger_seconds" {
  description = "How long a receive waits for ten free slots once one is free, in seconds."
  type        = number
  default     = 0.05
}

variable "send_linger_seconds" {
  description = "How long a batch of sends waits to fill up to ten, in seconds."
  type        = number
  default     = 0.02
}

variable "settle_linger_seconds" {
  description = "How long a batch of deletes waits to fill up to ten, in seconds."
  type        = number
  default     = 0.2
}

variable "settle_calls" {
  description = "Settling calls of one kind in flight at once."
  type        = number
  default     = 16
}

variable "protection_after_seconds" {
  description = "Age at which a job that may outlive the grace period asks for scale-in protection, in seconds."
  type        = number
  default     = 10
}

variable "protection_max_seconds" {
  description = "A task protected for this long finishes what it holds and pauses, so that deployments get through, in seconds."
  type        = number
  default     = 1800
}

# The stop path

variable "grace_seconds" {
  description = "Running jobs may finish after SIGTERM, in seconds."
  type        = number
  default     = 50
}

variable "job_log_flush_seconds" {
  description = "Then: job logs are shipped, in seconds."
  type        = number
  default     = 10
}

variable "settle_flush_seconds" {
  description = "Then: outcomes are settled, in seconds."
  type        = number
  default     = 10
}

variable "resources_close_seconds" {
  description = "Then: the service's resources are closed, in seconds."
  type        = number
  default     = 5
}

variable "telemetry_flush_seconds" {
  description = "Then: traces and metrics are exported, in seconds."
  type        = number
  default     = 5
}

variable "stop_timeout_seconds" {
  description = "The container's stop timeout, in seconds."
  type        = number
  default     = 90
}

# The health check

variable "health_file" {
  description = "The file whose age proves that the worker is alive; on a tmpfs."
  type        = string
  default     = "/tmp/jobqueue.health"
}

variable "health_max_age_seconds" {
  description = "The age at which the health check fails; above one long poll and its timeouts, in seconds."
  type        = number
  default     = 90
}

# Job records

variable "job_record_triggers" {
  description = "Whether a main job keeps records of its own triggers too: two writes more for each."
  type        = bool
  default     = false
}

variable "job_record_days" {
  description = "How long the record of a job that is over is kept; at least the queue's retention and 15 days; in days."
  type        = number
  default     = 30
}

# Job logs (background job)

variable "job_log_streams_per_second" {
  description = "This task's share of CreateLogStream (50/s per account and Region); a job beyond it writes to the task's overflow stream."
  type        = number
  default     = 10
}

variable "job_log_stream_wait_seconds" {
  description = "A job's log waits at most so long for its own stream, in seconds."
  type        = number
  default     = 5
}

variable "job_log_confirm_seconds" {
  description = "After a job's end its events go to stdout when CloudWatch has not confirmed them by then, in seconds."
  type        = number
  default     = 30
}

variable "job_log_linger_seconds" {
  description = "A running job's events are shipped when the oldest is so old, in seconds."
  type        = number
  default     = 5
}

variable "job_log_batch_bytes" {
  description = "A running job's events are shipped when they are so many bytes, in bytes."
  type        = number
  default     = 262144
}

variable "job_log_buffer_bytes" {
  description = "Memory for unconfirmed events and calls; past its share a job waits for room, 1 s for nothing at most, then writes to stdout, in bytes."
  type        = number
  default     = 33554432
}

variable "job_log_shippers" {
  description = "Calls to CloudWatch Logs that may overlap."
  type        = number
  default     = 64
}
