output "task" {
  description = "The task role: name, arn."
  value       = { name = aws_iam_role.task.name, arn = aws_iam_role.task.arn }
}

output "execution" {
  description = "The execution role: name, arn."
  value       = { name = aws_iam_role.execution.name, arn = aws_iam_role.execution.arn }
}
