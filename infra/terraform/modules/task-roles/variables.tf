variable "name" {
  description = "{project}-{environment}: how the names of everything begin."
  type        = string
}

variable "service" {
  description = "The service: main-job, background-job, ..."
  type        = string

  validation {
    condition     = length(var.name) + length(var.service) <= 53 # 64 characters of a role's name ("IAM and AWS STS quotas"), less "-" and "-execution"
    error_message = "service: name and service together must be at most 53 characters."
  }
}

variable "aws_region" {
  description = "The Region that the tasks run in."
  type        = string
}

variable "permissions_boundary_arn" {
  description = "A permissions boundary for both roles; null: none."
  type        = string
  default     = null
}
