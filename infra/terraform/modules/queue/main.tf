# One queue and its dead-letter queue: encrypted, TLS only, each naming the other.
#
# The ARNs are composed, not read back: queue and dead-letter queue name each other, and each one's policy names itself.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  dead_letter_name = "${var.name}-dlq"
  arn_prefix       = "arn:${data.aws_partition.current.partition}:sqs:${var.aws_region}:${data.aws_caller_identity.current.account_id}"
  arn              = "${local.arn_prefix}:${var.name}"
  dead_letter_arn  = "${local.arn_prefix}:${local.dead_letter_name}"
}

resource "aws_sqs_queue" "this" {
  name                       = var.name
  visibility_timeout_seconds = var.lease_seconds
  receive_wait_time_seconds  = var.poll_wait_seconds
  max_message_size           = var.max_message_bytes
  message_retention_seconds  = var.retention_seconds

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter.arn
    maxReceiveCount     = var.max_receive_count
  })
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements })

  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = var.kms_key_arn == null ? null : var.kms_data_key_reuse_seconds
  sqs_managed_sse_enabled           = var.kms_key_arn == null ? true : null
}

resource "aws_sqs_queue" "dead_letter" {
  name                       = local.dead_letter_name
  visibility_timeout_seconds = var.lease_seconds
  receive_wait_time_seconds  = var.poll_wait_seconds
  max_message_size           = var.max_message_bytes
  message_retention_seconds  = 1209600 # 14 days, the most that SQS keeps a message ("SetQueueAttributes", MessageRetentionPeriod)

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.arn]
  })
  policy = jsonencode({ Version = "2012-10-17", Statement = local.dead_letter_statements })

  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = var.kms_key_arn == null ? null : var.kms_data_key_reuse_seconds
  sqs_managed_sse_enabled           = var.kms_key_arn == null ? true : null
}
