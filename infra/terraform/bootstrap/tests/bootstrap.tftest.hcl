mock_provider "aws" {
  source = "../testing"
}

variables {
  github_subjects = null # a fork's terraform.tfvars may say more
}

run "by_default" {
  # The state is encrypted, versioned and private.
  assert {
    condition     = aws_s3_bucket.state.bucket == "message-driven-microservices-123456789012-us-east-1-state"
    error_message = "project, account, Region: no two accounts collide"
  }
  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled" && one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
    error_message = "versions and key"
  }
  assert {
    condition     = aws_s3_bucket_public_access_block.state.block_public_policy && aws_s3_bucket_public_access_block.state.restrict_public_buckets
    error_message = "private"
  }

  # There is a repository for each image and no GitHub access unless asked for.
  assert {
    condition     = length(setsubtract(["base", "collector", "main-job", "background-job"], keys(output.ecr_repository_urls))) == 0 && length(output.github_role_arns) == 0
    error_message = "the base, the collector, each folder of services/; no roles"
  }
}

run "github_gets_three_roles_when_asked_for" {
  variables {
    github_subjects = { plan = ["repo:o/r:ref:refs/heads/main"], push = ["repo:o/r:environment:images"], apply = ["repo:o/r:environment:prod"] }
  }
  assert {
    condition     = toset(keys(output.github_role_arns)) == toset(["plan", "push", "apply"])
    error_message = "plan, push, apply"
  }
}

run "no_role_gets_further_than_the_boundary" {
  variables {
    service_rights = { "s3:Get*" = ["arn:aws:s3:::reports/*"], "ssm:GetParameters" = ["arn:aws:ssm:*:123456789012:parameter/reports/*"] }
  }
  assert {
    condition     = aws_iam_policy.boundary.name == "message-driven-microservices-boundary-us-east-1" && endswith(output.permissions_boundary_arn, "mocked-policy")
    error_message = "the name by which the stack finds it"
  }
  assert {
    condition = !anytrue([
      for action in flatten([for statement in jsondecode(aws_iam_policy.boundary.policy).Statement : statement.Action]) :
      can(regex("^(\\*|(account|iam|organizations|sso|sts):)|:\\*$", action))
    ])
    error_message = "nothing that makes more rights of some, and no service as a whole"
  }
  assert {
    condition = { for statement in jsondecode(aws_iam_policy.boundary.policy).Statement : statement.Sid => [statement.Action, statement.Resource] if startswith(statement.Sid, "Services") } == {
      ServicesS3Get            = [["s3:Get*"], ["arn:aws:s3:::reports/*"]]
      ServicesSsmGetParameters = [["ssm:GetParameters"], ["arn:aws:ssm:*:123456789012:parameter/reports/*"]]
    }
    error_message = "a fork's own"
  }
}

run "rights_that_make_rights_and_a_name_that_is_too_long_are_refused" {
  command = plan
  variables {
    project_name   = "a-name-that-is-far-too-long-for-a-bucket"
    service_rights = { "iam:PassRole" = ["*"] }
  }
  expect_failures = [var.project_name, var.service_rights]
}

run "a_whole_service_is_refused_to_services" {
  command = plan
  variables {
    service_rights = { "s3:*" = ["*"] }
  }
  expect_failures = [var.service_rights]
}

run "more_rights_than_a_policy_takes_are_told_before_an_apply" {
  command = plan
  variables {
    service_rights = { "s3:GetObject" = [for number in range(120) : "arn:aws:s3:::a-bucket-with-number-${number}/*"] }
  }
  expect_failures = [aws_iam_policy.boundary]
}
