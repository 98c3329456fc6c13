output "stack_parameter" {
  description = "The parameter that says where everything is."
  value       = { name = aws_ssm_parameter.stack.name, arn = aws_ssm_parameter.stack.arn }
}

output "paused_parameter" {
  description = "The parameter of paused services."
  value       = { name = aws_ssm_parameter.paused.name, arn = aws_ssm_parameter.paused.arn }
}

output "stack" {
  description = "What the first parameter holds, JSON."
  value       = local.stack
}
