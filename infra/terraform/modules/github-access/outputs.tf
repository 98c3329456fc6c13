output "role_arns" {
  description = "The roles: plan, push, apply."
  value       = { for use, role in aws_iam_role.this : use => role.arn }
}
