# The saved queries: queries.yaml, over this stack's log groups. The console shows them in a folder, since a slash in a name makes one.

locals {
  queries = yamldecode(file("${path.module}/queries.yaml"))

  service_groups = [for name in local.names : var.services[name].log_group_name]
  query_groups = {
    services = local.service_groups
    ecs      = [var.ecs_log_group_name]
    both     = concat(local.service_groups, [var.ecs_log_group_name])
    insights = [var.insights_log_group_name]
  }
}

resource "aws_cloudwatch_query_definition" "this" {
  for_each = local.queries

  name            = "${var.name}/${each.key}"
  log_group_names = local.query_groups[each.value.groups]
  query_string    = trimspace(each.value.query)
}
