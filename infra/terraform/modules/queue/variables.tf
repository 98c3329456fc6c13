variable "name" {
  description = "The queue's name; its dead-letter queue has the same with -dlq."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,76}$", var.name)) # SQS takes 80 characters ("Amazon SQS standard queue quotas"); -dlq needs four
    error_message = "name must be 1 to 76 letters, digits, hyphens or underscores."
  }
}

variable "aws_region" {
  description = "The Region of the queue."
  type        = string
}

variable "lease_seconds" {
  description = "Visibility timeout in seconds: how long a received message stays hidden unless its worker renews the lease."
  type        = number

  validation {
    condition     = var.lease_seconds >= 2 && var.lease_seconds <= 43200 # 12 h ("Amazon SQS visibility timeout")
    error_message = "lease_seconds must be between 2 and 43,200 seconds."
  }
}

variable "poll_wait_seconds" {
  description = "Long poll in seconds."
  type        = number
  default     = 20

  validation {
    condition     = var.poll_wait_seconds >= 0 && var.poll_wait_seconds <= 20 # "ReceiveMessage", WaitTimeSeconds
    error_message = "poll_wait_seconds must be between 0 and 20 seconds."
  }
}

variable "max_message_bytes" {
  description = "Largest message in bytes, attributes included."
  type        = number

  validation {
    condition     = var.max_message_bytes >= 1024 && var.max_message_bytes <= 1048576
    error_message = "max_message_bytes must be between 1,024 and 1,048,576 bytes."
  }
}

variable "max_receive_count" {
  description = "Receives after which SQS itself moves a message to the dead-letter queue: the net for messages that kill their worker."
  type        = number

  validation {
    condition     = var.max_receive_count >= 1 && var.max_receive_count <= 1000 # "SetQueueAttributes", RedrivePolicy
    error_message = "max_receive_count must be between 1 and 1,000 receives."
  }
}

variable "retention_seconds" {
  description = "How long SQS keeps a message, in seconds. Below the dead-letter queue's 14 days: a dead letter keeps the age of its original."
  type        = number
  default     = 345600 # 4 days, SQS's own default

  validation {
    condition     = var.retention_seconds >= 60 && var.retention_seconds < 1209600
    error_message = "retention_seconds must be at least 60 and below 1,209,600 seconds (the dead-letter queue's 14 days)."
  }
}

variable "kms_key_arn" {
  description = "The key that encrypts the messages; null: SQS's own keys (SSE-SQS)."
  type        = string
  default     = null
}

variable "kms_data_key_reuse_seconds" {
  description = "How long SQS reuses a data key, in seconds: longer means fewer calls of KMS."
  type        = number
  default     = 3600

  validation {
    condition     = var.kms_data_key_reuse_seconds >= 60 && var.kms_data_key_reuse_seconds <= 86400 # "Amazon SQS Key management"
    error_message = "kms_data_key_reuse_seconds must be between 60 and 86,400 seconds."
  }
}

variable "producers" {
  description = "Who else may send, by a name of your choice. kind: role (its ARN), account (its root's ARN), sns (the topic's), s3 (the bucket's) or events (the rule's)."
  type        = map(object({ kind = string, arn = string }))
  default     = {}

  validation {
    condition     = alltrue([for producer in values(var.producers) : contains(["role", "account", "sns", "s3", "events"], producer.kind)])
    error_message = "producers: kind must be role, account, sns, s3 or events."
  }
  # What a worker reads of each kind: docs/reference/producers.md. An ARN of another resource would never match what the service says it acts for.
  validation {
    condition = alltrue([for producer in values(var.producers) : can(regex({
      role    = "^arn:[a-z-]+:iam::[0-9]{12}:role/[^*?]+$"
      account = "^arn:[a-z-]+:iam::[0-9]{12}:root$"
      sns     = "^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+$"
      s3      = "^arn:[a-z-]+:s3:::[a-z0-9.-]+$"
      events  = "^arn:[a-z-]+:events:[a-z0-9-]+:[0-9]{12}:rule/[A-Za-z0-9_./-]+$"
    }[producer.kind], producer.arn))])
    error_message = "producers: arn must be the whole ARN of what kind says, without wildcards: a role, an account's root, an SNS topic, a bucket, an EventBridge rule. EventBridge Scheduler and Pipes send with a role of theirs: kind role, and an Input (a template) that is a whole trigger."
  }
  validation {
    condition     = alltrue([for name in keys(var.producers) : can(regex("^[a-z0-9-]+$", name))])
    error_message = "producers: names must be lower-case letters, digits and hyphens."
  }
}
