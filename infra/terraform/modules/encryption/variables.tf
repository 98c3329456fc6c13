variable "name" {
  description = "{project}-{environment}: the alias, and how the names of the alarms begin."
  type        = string
}

variable "aws_region" {
  description = "The Region of the key."
  type        = string
}

variable "log_group_names" {
  description = "The log groups that are encrypted with the key."
  type        = list(string)

  validation {
    condition     = length(var.log_group_names) > 0
    error_message = "log_group_names must name at least one log group."
  }
}

variable "producers" {
  description = "Who else may send to the encrypted queues; as in the queue module."
  type        = map(object({ kind = string, arn = string }))
  default     = {}
}

variable "deletion_window_days" {
  description = "Days between the key's destruction and its end; until then it can be rescued."
  type        = number
  default     = 30

  validation {
    condition     = var.deletion_window_days >= 7 && var.deletion_window_days <= 30 # "ScheduleKeyDeletion", PendingWindowInDays
    error_message = "deletion_window_days must be between 7 and 30 days."
  }
}
