variable "name" {
  description = "The repository's name, like PROJECT/main-job."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$", var.name))
    error_message = "name must be lower-case letters and digits, in parts separated by single . _ - or /."
  }
}

variable "kms_key_arn" {
  description = "The key that the images are encrypted with."
  type        = string
}

variable "trial_tag_prefix" {
  description = "Tags that begin so mark images that are never deployed."
  type        = string
  default     = "trial-"

  validation {
    condition     = length(var.trial_tag_prefix) > 0
    error_message = "trial_tag_prefix must not be empty: it would let releases expire."
  }
}

variable "trial_days" {
  description = "Days until a trial image expires."
  type        = number
  default     = 14
}

variable "untagged_days" {
  description = "Days until an image without a tag expires."
  type        = number
  default     = 14
}

variable "force_delete" {
  description = "Whether destroying deletes the images too."
  type        = bool
  default     = false
}
