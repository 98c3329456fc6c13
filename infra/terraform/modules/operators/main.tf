# What the people on call may do with the `jobctl` command: look, and repair. Two policies for the roles that they have already; nothing is attached here.

locals {
  descriptions = {
    "operator-read"   = "Look at jobs, queues, logs, traces and alarms of ${var.name}."
    "operator-repair" = "As operator-read, and: send jobs, redrive and drop dead letters, pause and resume services of ${var.name}."
  }
}

resource "aws_iam_policy" "this" {
  for_each = local.statements

  name        = "${var.name}-${each.key}"
  description = local.descriptions[each.key]
  policy      = jsonencode({ Version = "2012-10-17", Statement = each.value })

  lifecycle {
    precondition {
      condition     = length(jsonencode({ Version = "2012-10-17", Statement = each.value })) <= 6144 # "IAM and AWS STS quotas", managed policy
      error_message = "${each.key} has more characters than IAM takes for ${length(var.services)} services: shorten project_name, or give some services a stack of their own."
    }
  }
}
