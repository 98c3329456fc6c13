mock_provider "aws" {
  source = "../testing"
}

variables {
  github_subjects = null # a fork's terraform.tfvars may say more
}

run "the_state_is_encrypted_versioned_and_private" {
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
}

run "there_is_a_repository_for_each_image_and_no_github_access_unless_asked_for" {
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

run "a_name_that_is_too_long_is_refused" {
  command = plan
  variables {
    project_name = "a-name-that-is-far-too-long-for-a-bucket"
  }
  expect_failures = [var.project_name]
}
