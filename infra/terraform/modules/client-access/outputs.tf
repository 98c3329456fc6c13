output "policy_arns" {
  description = "By what they are for: submit, read, logs."
  value       = { for name, policy in aws_iam_policy.this : name => policy.arn }
}
