mock_provider "aws" {
  source = "../../testing"
}

variables {
  name             = "p"
  aws_region       = "us-east-1"
  state_bucket_arn = "arn:aws:s3:::p-state"
  state_key_arn    = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  repository_arns  = ["arn:aws:ecr:us-east-1:123456789012:repository/p/main-job"]
  subjects = {
    plan  = ["repo:o/r:pull_request"]
    push  = ["repo:o/r:ref:refs/heads/main"]
    apply = ["repo:o/r:environment:prod"]
  }
}

run "each_role_is_for_its_exact_subjects" {
  assert {
    condition = alltrue([for use, subjects in var.subjects :
      jsonencode(jsondecode(aws_iam_role.this[use].assume_role_policy).Statement[0].Condition.StringEquals) ==
      jsonencode({ "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com", "token.actions.githubusercontent.com:sub" = subjects })
    ])
    error_message = "exact audience and subjects"
  }
}

run "plan_and_push_cannot_change_the_system" {
  assert {
    condition = alltrue(flatten([for statement in jsondecode(aws_iam_role_policy.this["plan"].policy).Statement : [
      for action in statement.Action : statement.Effect == "Deny" || can(regex("^(s3:(ListBucket|GetObject|PutObject|DeleteObject)|kms:(Decrypt|GenerateDataKey))$", action))
    ]]))
    error_message = "plan reads the state and locks it"
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.this["plan"].policy).Statement : statement.Resource if contains(statement.Action, "s3:PutObject")] == [["arn:aws:s3:::p-state/*.tflock"]]
    error_message = "plan writes locks, not states"
  }
  assert {
    condition     = alltrue(flatten([for statement in jsondecode(aws_iam_role_policy.this["push"].policy).Statement : [for action in statement.Action : startswith(action, "ecr:")]]))
    error_message = "push writes images only"
  }
}

run "apply_passes_roles_to_ecs_only" {
  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this["apply"].policy).Statement : statement.Condition.StringEquals["iam:PassedToService"]
    if contains(statement.Action, "iam:PassRole")] == ["ecs-tasks.amazonaws.com"]
    error_message = "PassRole must be bound to ECS"
  }
}

run "wildcards_and_pull_requests_that_deploy_are_refused" {
  command = plan
  variables {
    subjects = { plan = ["repo:o/r:*"], push = ["repo:o/r:ref:refs/heads/main"], apply = ["repo:o/r:pull_request"] }
  }
  expect_failures = [var.subjects]
}
