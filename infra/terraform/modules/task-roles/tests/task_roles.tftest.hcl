mock_provider "aws" {
  source = "../../testing"
}

variables {
  name       = "p-dev"
  service    = "background-job"
  aws_region = "us-east-1"
}

run "by_default" {
  # Only ECS of this account assumes the roles.
  assert {
    condition = alltrue([for role in [aws_iam_role.task, aws_iam_role.execution] :
      jsonencode(jsondecode(role.assume_role_policy).Statement) == jsonencode([{
        Action    = "sts:AssumeRole", Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }
        Condition = { ArnLike = { "aws:SourceArn" = "arn:aws:ecs:us-east-1:123456789012:*" }, StringEquals = { "aws:SourceAccount" = "123456789012" } }
      }])
    ])
    error_message = "confused deputy"
  }

  # Names are those that GitHub may make.
  assert {
    condition     = [output.task.name, output.execution.name] == ["p-dev-background-job-task", "p-dev-background-job-execution"]
    error_message = "the deployment's role may make PROJECT-*-task and PROJECT-*-execution only"
  }
}

run "a_name_that_is_too_long_for_a_role_is_refused" {
  command = plan
  variables {
    name    = "a-project-with-a-rather-long-name-prod"
    service = "with-a-long-name"
  }
  expect_failures = [var.service]
}
