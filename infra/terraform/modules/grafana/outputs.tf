output "role_arn" {
  description = "The role's ARN, for the data sources' assumeRoleArn; null where nobody may assume it."
  value       = one(aws_iam_role.this[*].arn)
}

output "policy" {
  description = "What the role may do, JSON; also where there is no role."
  value       = jsonencode({ Version = "2012-10-17", Statement = local.statements })
}
