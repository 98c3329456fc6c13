output "name" {
  description = "The table's name."
  value       = aws_dynamodb_table.this.name
}

output "arn" {
  description = "The table's ARN."
  value       = aws_dynamodb_table.this.arn
}

output "kms_key_arn" {
  description = "The key that it is encrypted with."
  value       = var.kms_key_arn
}
