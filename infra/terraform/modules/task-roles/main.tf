# One service's two roles, as yet without rights: task (what its containers may do), execution (what ECS needs to start them).
#
# Apart from the worker module, which gives them their rights: both have to be there before those.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition

  # Only ECS, only for tasks of this account in this Region ("Amazon ECS task IAM role", confused deputy).
  assumed_by_tasks = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:ecs:${var.aws_region}:${local.account}:*" }
      }
    }]
  })
}

resource "aws_iam_role" "task" {
  name                 = "${var.name}-${var.service}-task"
  description          = "What the tasks of ${var.name}-${var.service}-service may do."
  assume_role_policy   = local.assumed_by_tasks
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role" "execution" {
  name                 = "${var.name}-${var.service}-execution"
  description          = "What ECS needs to start the tasks of ${var.name}-${var.service}-service."
  assume_role_policy   = local.assumed_by_tasks
  permissions_boundary = var.permissions_boundary_arn
}
