# Where people look: an X-Ray group, saved queries of Logs Insights, a dashboard.

locals {
  # X-Ray takes 32 characters ("CreateGroup"): of a longer name the project is cut, never the environment.
  group_name = length(var.name) <= 32 ? var.name : join("-", [
    trimsuffix(substr(var.project_name, 0, 31 - length(var.environment)), "-"), var.environment,
  ])
  names = sort(keys(var.services))
}

# The services' names are the names of their segments. Another environment in the same account and Region has services of the same names: its traces
# are in this group too, and told apart by the queue in the name of each `process`.
resource "aws_xray_group" "this" {
  group_name        = local.group_name
  filter_expression = join(" OR ", [for name in local.names : "service(\"${name}\")"])
}
