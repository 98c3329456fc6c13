mock_provider "aws" {
  source = "../../testing"
}

variables {
  name             = "p"
  aws_region       = "us-east-1"
  state_bucket_arn = "arn:aws:s3:::p-state"
  state_key_arn    = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  boundary_arn     = "arn:aws:iam::123456789012:policy/p-boundary-us-east-1"
  repository_arns  = ["arn:aws:ecr:us-east-1:123456789012:repository/p/main-job"]
  subjects = {
    plan  = ["repo:o@12345/r@67890:pull_request"]
    push  = ["repo:o/r:ref:refs/heads/main"]
    apply = ["repo:o/r:environment:prod"]
  }
}

run "by_default" {
  # Each role is for its exact subjects.
  assert {
    condition = alltrue([for use, subjects in var.subjects :
      jsonencode(jsondecode(aws_iam_role.this[use].assume_role_policy).Statement[0].Condition.StringEquals) ==
      jsonencode({ "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com", "token.actions.githubusercontent.com:sub" = subjects })
    ])
    error_message = "exact audience and subjects"
  }

  # Plan reads and push pushes and neither changes the system.
  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_role_policy.this["plan"].policy).Statement : try(statement.Action, []) if statement.Effect == "Allow"])) == toset([
      "kms:Decrypt", "s3:GetObject", "s3:ListBucket",
    ])
    error_message = "plan reads the state; it writes nothing, not even a lock"
  }
  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_role_policy.this["push"].policy).Statement : try(statement.Action, [])])) == toset([
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:GetAuthorizationToken",
      "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
    ])
    error_message = "push writes images only"
  }
  assert {
    condition     = jsonencode([for statement in jsondecode(aws_iam_role_policy.this["push"].policy).Statement : statement.Resource]) == jsonencode([["*"], var.repository_arns])
    error_message = "a token has no resource; images go into the project's repositories"
  }
  assert {
    condition     = toset(keys(aws_iam_role_policy_attachment.read)) == toset(["plan", "apply"])
    error_message = "push reads nothing else"
  }

  # Apply writes the environments' states, records and locks, and not the bootstrap's.
  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.this["apply"].policy).Statement : statement.Sid => statement.Resource if contains(try(statement.Action, []), "s3:PutObject") } == {
      WriteState = ["arn:aws:s3:::p-state/*/stack.tfstate", "arn:aws:s3:::p-state/*/deployments.json"]
      Lock       = ["arn:aws:s3:::p-state/*/stack.tfstate.tflock", "arn:aws:s3:::p-state/*/deploy.tflock"]
    }
    error_message = "what jobdeploy writes into the bucket"
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.this["apply"].policy).Statement : statement.Sid if contains(try(statement.Action, []), "s3:DeleteObject")] == ["Lock"]
    error_message = "only locks are deleted"
  }

  # Apply makes roles within the boundary only.
  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.this["apply"].policy).Statement : jsonencode([statement.Sid, statement.Condition])
      if anytrue([for action in try(statement.Action, []) : contains(["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"], action)])
    ] == [jsonencode(["BoundedRoles", { StringEquals = { "iam:PermissionsBoundary" = var.boundary_arn } }])]
    error_message = "with the boundary, by one statement"
  }
  assert {
    condition = length([
      for action in flatten([for statement in jsondecode(aws_iam_role_policy.this["apply"].policy).Statement : try(statement.Action, [])]) : action
      if contains(["iam:DeleteRolePermissionsBoundary", "iam:AttachRolePolicy", "iam:SetDefaultPolicyVersion", "iam:*"], action)
    ]) == 0
    error_message = "nothing takes it away"
  }

  # Apply scans images and cannot push them.
  assert {
    condition = jsonencode([for statement in jsondecode(aws_iam_role_policy.this["apply"].policy).Statement : [try(statement.Action, []), statement.Resource]
    if statement.Effect == "Allow" && anytrue([for action in try(statement.Action, []) : startswith(action, "ecr:")])]) == jsonencode([[["ecr:StartImageScan"], var.repository_arns]])
    error_message = "what is deployed was pushed by another role"
  }

  # Nobody sees anything of services that the stack has nothing of.
  assert {
    condition = alltrue([for use in ["plan", "apply"] :
      [for statement in jsondecode(aws_iam_role_policy.this[use].policy).Statement : length(setintersection(statement.NotAction, ["lambda:*", "secretsmanager:*"])) if statement.Effect == "Deny" && can(statement.NotAction)] == [0]
    ])
    error_message = "ReadOnlyAccess reads functions, code; secrets are never read"
  }
  assert {
    condition = alltrue([for use in ["plan", "apply"] :
      [for statement in jsondecode(aws_iam_role_policy.this[use].policy).Statement : statement.NotResource if statement.Sid == "NoOtherTables"] == [["arn:aws:dynamodb:us-east-1:123456789012:table/p-*"]]
    ])
    error_message = "of tables only the stack's own, and of these no items"
  }

  # Nobody sees messages, secrets or what is not the project's.
  assert {
    condition = alltrue([for use in ["plan", "apply"] : alltrue([for action in ["sqs:ReceiveMessage", "xray:BatchGet*", "logs:StartQuery"] :
      length([for statement in jsondecode(aws_iam_role_policy.this[use].policy).Statement : 1 if statement.Effect == "Deny" && contains(try(statement.Action, []), action) && try(statement.Resource == ["*"], false)]) == 1
    ])])
    error_message = "contents are denied everywhere"
  }
  assert {
    condition = alltrue([for use in ["plan", "apply"] :
      [for statement in jsondecode(aws_iam_role_policy.this[use].policy).Statement : statement.NotResource if statement.Sid == "NoOtherObjects" && statement.Effect == "Deny"] == [["arn:aws:s3:::p-state/*"]]
    ])
    error_message = "of all objects, those of the states' bucket"
  }
  assert {
    condition = alltrue([for use in ["plan", "apply"] :
      [for statement in jsondecode(aws_iam_role_policy.this[use].policy).Statement : statement.NotResource if statement.Effect == "Deny" && contains(try(statement.Action, []), "ssm:GetParameter*")] == [[
        "arn:aws:ssm:us-east-1:123456789012:parameter/p/*/stack", "arn:aws:ssm:us-east-1:123456789012:parameter/p/*/paused",
      ]]
    ])
    error_message = "of all parameters, those that the stack makes: others may be secrets"
  }
  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this["plan"].policy).Statement : statement.Resource
    if statement.Effect == "Deny" && contains(try(statement.Action, []), "logs:GetLogEvents")] == [["*"]]
    error_message = "plan reads no log"
  }
  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this["apply"].policy).Statement : statement.NotResource
      if statement.Effect == "Deny" && contains(try(statement.Action, []), "logs:GetLogEvents") && contains(try(statement.Action, []), "logs:FilterLogEvents")] == [[
        "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-*", "arn:aws:logs:us-east-1:123456789012:log-group:/aws/ecs/containerinsights/p-*",
    ]]
    error_message = "apply reads the project's logs: the smoke test's job, the last lines of a task that stopped"
  }

  # A new key can be tagged and nobody else's taken over.
  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.this["apply"].policy).Statement : statement.Sid => statement.Condition if contains(try(statement.Action, []), "kms:TagResource") } == {
      TagNewKeys  = { StringEquals = { "aws:RequestTag/Project" = "p" }, Null = { "aws:ResourceTag/Project" = "true" } }
      ProjectKeys = { StringEquals = { "aws:ResourceTag/Project" = "p" }, Null = { "aws:ResourceTag/Environment" = "false" } }
    }
    error_message = "a key without a tag may get ours; one that has it is an environment's"
  }
  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this["apply"].policy).Statement : statement.Sid
    if anytrue([for action in try(statement.Action, []) : contains(["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"], action)])] == ["ProjectKeys"]
    error_message = "the bootstrap's key is an administrator's"
  }

  # A young key gets its alias and rotation and nothing else without its tag.
  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_role_policy.this["apply"].policy).Statement : try(statement.Action, [])
      if anytrue([for action in try(statement.Action, []) : startswith(action, "kms:")]) && !can(statement.Condition) && alltrue([for arn in try(statement.Resource, []) : endswith(arn, ":key/*")])
    ])) == toset(["kms:CreateAlias", "kms:EnableKeyRotation"])
    error_message = "tags count minutes after CreateKey; all else keeps the condition"
  }

  # Actions that know no resource are allowed on all.
  assert {
    condition = length(setsubtract([
      "application-autoscaling:*", "cloudwatch:DeleteAlarms", "cloudwatch:PutCompositeAlarm", "cloudwatch:PutMetricAlarm",
      "sns:SetSubscriptionAttributes", "sns:Unsubscribe", "ec2:DeleteTags", "ec2:ModifySecurityGroupRules",
    ], flatten([for statement in jsondecode(aws_iam_role_policy.this["apply"].policy).Statement : try(statement.Action, []) if try(statement.Resource == ["*"], false) && statement.Effect == "Allow"]))) == 0
    error_message = "on a name of the project's they are refused"
  }

  # Apply passes roles to ECS only.
  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this["apply"].policy).Statement : statement.Condition.StringEquals["iam:PassedToService"]
    if contains(try(statement.Action, []), "iam:PassRole")] == ["ecs-tasks.amazonaws.com"]
    error_message = "PassRole must be bound to ECS"
  }
}

run "a_role_takes_no_more_policy_than_iam_allows" {
  variables {
    name            = "a-project-of-28-characters-x"
    repository_arns = [for number in range(20) : "arn:aws:ecr:us-east-1:123456789012:repository/a-project-of-28-characters-x/a-service-number-${number}"]
  }
  assert {
    condition     = alltrue([for policy in values(aws_iam_role_policy.this) : length(policy.policy) <= 10240])
    error_message = "IAM quotas: 10,240 characters of inline policies for a role"
  }
}

run "wildcards_and_pull_requests_that_deploy_are_refused" {
  command = plan
  variables {
    subjects = { plan = ["repo:o/r:*"], push = ["repo:o/r:ref:refs/heads/main"], apply = ["repo:o/r:pull_request"] }
  }
  expect_failures = [var.subjects]
}
