output "dashboard_name" {
  description = "The CloudWatch dashboard's name."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}

output "xray_group_name" {
  description = "The X-Ray group's name."
  value       = aws_xray_group.this.group_name
}

output "query_names" {
  description = "The names of the saved queries."
  value       = sort([for query in aws_cloudwatch_query_definition.this : query.name])
}
