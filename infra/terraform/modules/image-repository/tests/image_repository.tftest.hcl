mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "p/main-job"
  kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
}

run "by_default" {
  # Tags are immutable and images are scanned.
  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.this.image_scanning_configuration[0].scan_on_push
    error_message = "immutable, scan on push"
  }

  # A released image never expires.
  assert {
    condition = alltrue([for rule in jsondecode(aws_ecr_lifecycle_policy.this.policy).rules :
      rule.selection.tagStatus == "untagged" || jsonencode(try(rule.selection.tagPrefixList, [])) == jsonencode(["trial-"])
    ])
    error_message = "only trials and what has no tag expire"
  }
}

run "wrong_values_are_refused" {
  command = plan
  variables {
    name             = "P//x"
    trial_tag_prefix = ""
  }
  expect_failures = [var.name, var.trial_tag_prefix]
}
