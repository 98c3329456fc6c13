variable "name" {
  description = "{project}-{environment}: how the names of the policies begin."
  type        = string
}

variable "aws_region" {
  description = "The Region of the stack."
  type        = string
}

variable "stack_parameter_arn" {
  description = "The parameter that says where everything is."
  type        = string
}

variable "trigger_queue_arn" {
  description = "The queue that jobs are submitted to."
  type        = string
}

variable "queue_key_arn" {
  description = "The key that the queue is encrypted with; null: SSE-SQS, which needs no rights."
  type        = string
  default     = null
}

variable "job_log_group_names" {
  description = "The log groups of the services whose jobs have log streams of their own."
  type        = list(string)
}

variable "job_table" {
  description = "The table of job records, as the job-records module made it; null: there is none."
  type        = object({ arn = string, kms_key_arn = string })
  default     = null
}
