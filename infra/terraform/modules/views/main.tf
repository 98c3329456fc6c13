# Where people look: an X-Ray group, saved queries of Logs Insights, a dashboard.

locals {
  # X-Ray takes 32 characters ("CreateGroup"): of a longer name the project is cut, never the environment.
  group_name = length(var.name) <= 32 ? var.name : join("-", [
    trimsuffix(substr(var.project_name, 0, 31 - length(var.environment)), "-"), var.environment,
  ])
  names = sort(keys(var.services))
}

# By the queues that their spans name, which the collector has X-Ray index: services of the same names in another environment have queues of other names.
resource "aws_xray_group" "this" {
  group_name        = local.group_name
  filter_expression = join(" OR ", [for name in local.names : "annotation[messaging.destination.name] = \"${var.services[name].queue_name}\""])
}
