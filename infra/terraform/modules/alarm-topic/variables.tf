variable "name" {
  description = "{project}-{environment}: how the names of everything begin, alarms too."
  type        = string
}

variable "aws_region" {
  description = "The Region of the topic."
  type        = string
}

variable "kms_key_arn" {
  description = "The key that the topic is encrypted with; its policy must let CloudWatch and EventBridge use it."
  type        = string
}

variable "subscriptions" {
  description = "Who is told, by a name of your choice. An email address must be confirmed by its owner."
  type        = map(object({ protocol = string, endpoint = string }))
  default     = {}

  validation {
    condition = alltrue([
      for subscription in values(var.subscriptions) :
      contains(["email", "email-json", "https", "lambda", "sms", "sqs"], subscription.protocol)
    ])
    error_message = "subscriptions: protocol must be email, email-json, https, lambda, sms or sqs (http would not be encrypted)."
  }
}
