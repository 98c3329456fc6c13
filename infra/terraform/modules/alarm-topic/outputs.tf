output "arn" {
  description = "The topic's ARN, once it may be published to."
  value       = aws_sns_topic_policy.this.arn
}
