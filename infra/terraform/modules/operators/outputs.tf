output "policies" {
  description = "operator-read and operator-repair: the name and the ARN of each."
  value       = { for name, policy in aws_iam_policy.this : name => { name = policy.name, arn = policy.arn } }
}
