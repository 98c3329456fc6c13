output "name" {
  description = "The queue's name."
  value       = aws_sqs_queue.this.name
}

output "url" {
  description = "The queue's URL."
  value       = aws_sqs_queue.this.url
}

output "arn" {
  description = "The queue's ARN, known before it is made."
  value       = local.arn
}

output "dead_letter_name" {
  description = "The dead-letter queue's name."
  value       = aws_sqs_queue.dead_letter.name
}

output "dead_letter_url" {
  description = "The dead-letter queue's URL."
  value       = aws_sqs_queue.dead_letter.url
}

output "dead_letter_arn" {
  description = "The dead-letter queue's ARN, known before it is made."
  value       = local.dead_letter_arn
}

output "lease_seconds" {
  description = "The visibility timeout in seconds."
  value       = aws_sqs_queue.this.visibility_timeout_seconds
}

output "max_receive_count" {
  description = "Receives after which SQS moves a message to the dead-letter queue."
  value       = var.max_receive_count
}
