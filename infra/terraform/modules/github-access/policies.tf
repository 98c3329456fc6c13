locals {
  here = "${var.aws_region}:${local.account}"
  name = var.name

  # "S3 backend", permissions required. Whoever only plans holds no lock (`-lock=false`) and writes nothing.
  state_read = [
    { Sid = "ListState", Effect = "Allow", Action = ["s3:ListBucket"], Resource = [var.state_bucket_arn] },
    { Sid = "ReadState", Effect = "Allow", Action = ["s3:GetObject"], Resource = ["${var.state_bucket_arn}/*"] },
    { Sid = "StateKey", Effect = "Allow", Action = ["kms:Decrypt"], Resource = [var.state_key_arn] },
  ]
  # What ReadOnlyAccess allows and these roles must not see: services that the stack has nothing of (functions with their environments,
  # repositories of code, ...); of the others items, messages, secrets, other buckets' objects, consoles, traces, logs.
  no_contents = [
    {
      Sid    = "OtherServices"
      Effect = "Deny"
      NotAction = [for service in [
        "application-autoscaling", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs", "events", "iam", "kms", "logs", "s3", "sns", "sqs", "ssm", "sts", "xray",
      ] : "${service}:*"]
      Resource = ["*"]
    },
    {
      Sid    = "NoContents"
      Effect = "Deny"
      Action = [
        "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:GetRecords", "dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan",
        "ec2:DescribeInstanceAttribute", "ec2:DescribeLaunchTemplateVersions", "ec2:GetConsole*", "ec2:GetLaunchTemplateData", "ec2:GetPasswordData",
        "sqs:ReceiveMessage", "ssm:GetAutomation*", "ssm:GetCommandInvocation", "ssm:GetDocument",
        "xray:BatchGet*", "xray:GetTrace*",
      ]
      Resource = ["*"]
    },
    { Sid = "NoOtherTables", Effect = "Deny", Action = ["dynamodb:*"], NotResource = local.tables },
    { Sid = "NoOtherParameters", Effect = "Deny", Action = ["ssm:GetParameter*"], NotResource = local.parameters },
    { Sid = "NoOtherObjects", Effect = "Deny", Action = ["s3:GetObject*"], NotResource = ["${var.state_bucket_arn}/*"] },
    { Sid = "NoLogQueries", Effect = "Deny", Action = ["logs:StartQuery", "logs:StartLiveTail"], Resource = ["*"] },
  ]
  # Those that the stack makes: where everything is. A service's secrets may be parameters beside them.
  parameters = [for own in ["stack", "paused"] : "arn:${local.partition}:ssm:${local.here}:parameter/${local.name}/*/${own}"]
  tables     = ["arn:${local.partition}:dynamodb:${local.here}:table/${local.name}-*"]
  read_logs  = ["logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetLogRecord", "logs:GetLogObject"]

  plan_statements = concat(local.state_read, local.no_contents, [
    { Sid = "NoLogs", Effect = "Deny", Action = local.read_logs, Resource = ["*"] },
  ])

  # "Private repository policies", pushing an image. `docker buildx imagetools` looks up what is there (BatchGetImage, and the image's
  # labels by GetDownloadUrlForLayer) and gives an image a second name (PutImage).
  push_statements = [
    { Sid = "Login", Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = ["*"] },
    {
      Sid    = "Push"
      Effect = "Allow"
      Action = [
        "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
      ]
      Resource = var.repository_arns
    },
  ]

  # It cannot push: what it deploys was pushed by the other role, under tags that do not move.
  apply_statements = concat(local.state_read, local.no_contents, local.apply_state, local.apply_deployment, local.apply_named, local.apply_roles, local.apply_unnamed)

  # The environments' states, their locks (Terraform's and a whole deployment's), and the record of what worked. Not the bootstrap's state:
  # that one says who may do what, and is an administrator's.
  apply_state = [
    {
      Sid      = "WriteState"
      Effect   = "Allow"
      Action   = ["s3:PutObject"]
      Resource = ["${var.state_bucket_arn}/*/stack.tfstate", "${var.state_bucket_arn}/*/deployments.json"]
    },
    {
      Sid      = "Lock"
      Effect   = "Allow"
      Action   = ["s3:PutObject", "s3:DeleteObject"]
      Resource = ["${var.state_bucket_arn}/*/stack.tfstate.tflock", "${var.state_bucket_arn}/*/deploy.tflock"]
    },
    { Sid = "EncryptState", Effect = "Allow", Action = ["kms:GenerateDataKey"], Resource = [var.state_key_arn] },
  ]

  # Beside Terraform: the gate asks for a new scan where the last one is of yesterday, and the lines of a job or of a task that stopped are read.
  # The smoke test's trigger is among the named resources, its encryption among the project's keys.
  apply_deployment = [
    { Sid = "Scan", Effect = "Allow", Action = ["ecr:StartImageScan"], Resource = var.repository_arns },
    { Sid = "NoOtherLogs", Effect = "Deny", Action = local.read_logs, NotResource = local.log_groups },
  ]
  log_groups = [
    "arn:${local.partition}:logs:${local.here}:log-group:/ecs/${local.name}-*",
    "arn:${local.partition}:logs:${local.here}:log-group:/aws/ecs/containerinsights/${local.name}-*",
  ]

  # Everything that carries the project's name.
  apply_named = [
    {
      Sid    = "NamedResources"
      Effect = "Allow"
      Action = ["sqs:*", "sns:*", "logs:*", "ecs:*", "events:*", "cloudwatch:*"]
      Resource = concat(local.log_groups, [
        "arn:${local.partition}:sqs:${local.here}:${local.name}-*",
        "arn:${local.partition}:sns:${local.here}:${local.name}-*",
        "arn:${local.partition}:ecs:${local.here}:cluster/${local.name}-*",
        "arn:${local.partition}:ecs:${local.here}:service/${local.name}-*",
        "arn:${local.partition}:ecs:${local.here}:task-definition/${local.name}-*",
        "arn:${local.partition}:events:${local.here}:event-bus/${local.name}-*",
        "arn:${local.partition}:events:${local.here}:rule/${local.name}-*",
        "arn:${local.partition}:cloudwatch:${local.here}:alarm:${local.name}-*",
        "arn:${local.partition}:cloudwatch::${local.account}:dashboard/${local.name}-*",
      ])
    },
    {
      # The table of job records. Never its items: what a job's record says, workers write.
      Sid    = "JobRecords"
      Effect = "Allow"
      Action = [
        "dynamodb:CreateTable", "dynamodb:DeleteTable", "dynamodb:TagResource", "dynamodb:UntagResource", "dynamodb:UpdateContinuousBackups",
        "dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive",
      ]
      Resource = local.tables
    },
    {
      Sid      = "Parameters"
      Effect   = "Allow"
      Action   = ["ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:PutParameter", "ssm:RemoveTagsFromResource"]
      Resource = local.parameters
    },
    {
      Sid      = "TraceGroups"
      Effect   = "Allow"
      Action   = ["xray:CreateGroup", "xray:DeleteGroup", "xray:TagResource", "xray:UntagResource", "xray:UpdateGroup"]
      Resource = ["arn:${local.partition}:xray:${local.here}:group/${substr(local.name, 0, 20)}*/*"] # a group's name has 32 characters: a longer project is cut
    },
  ]

  stack_roles = [for kind in ["task", "execution", "grafana"] : "arn:${local.partition}:iam::${local.account}:role/${local.name}-*-${kind}"]

  # Roles and policies are the way to more rights: only the project's own, within the boundary, passed to ECS only, attached to nobody, never these three.
  # UpdateAssumeRolePolicy knows no boundary: whom a role trusts, apply may change (docs/decisions/0042).
  apply_roles = [
    {
      Sid    = "Roles"
      Effect = "Allow"
      Action = [
        "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription",
      ]
      Resource = local.stack_roles
    },
    {
      Sid       = "BoundedRoles"
      Effect    = "Allow"
      Action    = ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
      Resource  = local.stack_roles
      Condition = { StringEquals = { "iam:PermissionsBoundary" = var.boundary_arn } }
    },
    {
      Sid    = "PoliciesToAttach"
      Effect = "Allow"
      Action = [
        "iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:TagPolicy", "iam:UntagPolicy",
      ]
      Resource = [for whose in ["client", "operator"] : "arn:${local.partition}:iam::${local.account}:policy/${local.name}-*-${whose}-*"]
    },
    {
      Sid       = "PassRolesToEcs"
      Effect    = "Allow"
      Action    = ["iam:PassRole"]
      Resource  = [for kind in ["task", "execution"] : "arn:${local.partition}:iam::${local.account}:role/${local.name}-*-${kind}"]
      Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
    },
    {
      Sid       = "ServiceLinkedRoles"
      Effect    = "Allow"
      Action    = ["iam:CreateServiceLinkedRole"]
      Resource  = ["arn:${local.partition}:iam::${local.account}:role/aws-service-role/*"]
      Condition = { StringEquals = { "iam:AWSServiceName" = ["ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com"] } }
    },
  ]

  # What AWS gives no name of ours: keys, network, scaling, the log resource policies, saved queries, task definitions' registration.
  apply_unnamed = [
    { Sid = "CreateKeys", Effect = "Allow", Action = ["kms:CreateKey"], Resource = ["*"], Condition = { StringEquals = { "aws:RequestTag/Project" = local.name } } },
    # CreateKey with tags asks for TagResource as well, when the key has no tag yet ("CreateKey", required permissions). A key that is already
    # somebody's, the bootstrap's among them, has its tag and cannot be taken over.
    {
      Sid       = "TagNewKeys"
      Effect    = "Allow"
      Action    = ["kms:TagResource"]
      Resource  = ["arn:${local.partition}:kms:${local.here}:key/*"]
      Condition = { StringEquals = { "aws:RequestTag/Project" = local.name }, Null = { "aws:ResourceTag/Project" = "true" } }
    },
    # Those of an environment: the bootstrap's key has the project's tag too, but not this one.
    {
      Sid    = "ProjectKeys"
      Effect = "Allow"
      Action = [
        "kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey", "kms:PutKeyPolicy",
        "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription", "kms:DeleteAlias",
      ]
      Resource  = ["arn:${local.partition}:kms:${local.here}:key/*"]
      Condition = { StringEquals = { "aws:ResourceTag/Project" = local.name }, Null = { "aws:ResourceTag/Environment" = "false" } }
    },
    # Right after CreateKey its tags may not count yet, for minutes, and the provider does not try again. Neither opens a key: rotation only changes
    # its material, and the alias has a name of the project.
    {
      Sid      = "YoungKeys"
      Effect   = "Allow"
      Action   = ["kms:CreateAlias", "kms:EnableKeyRotation"]
      Resource = ["arn:${local.partition}:kms:${local.here}:key/*"]
    },
    { Sid = "Aliases", Effect = "Allow", Action = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"], Resource = ["arn:${local.partition}:kms:${local.here}:alias/${local.name}-*"] },
    {
      Sid    = "Unnamed"
      Effect = "Allow"
      Action = [
        "application-autoscaling:*", "ecs:DeregisterTaskDefinition", "ecs:RegisterTaskDefinition",
        # RegisterScalableTarget and PutScalingPolicy try the caller's rights to alarms without a name ("Permissions validation for API calls on
        # target resources"); a composite alarm is put with "*" only ("PutCompositeAlarm").
        "cloudwatch:DeleteAlarms", "cloudwatch:PutCompositeAlarm", "cloudwatch:PutMetricAlarm",
        # a subscription is no resource ("Actions, resources, and condition keys for Amazon SNS")
        "sns:SetSubscriptionAttributes", "sns:Unsubscribe",
        "logs:DeleteQueryDefinition", "logs:DeleteResourcePolicy", "logs:PutQueryDefinition", "logs:PutResourcePolicy",
        "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateSecurityGroup", "ec2:CreateTags",
        "ec2:CreateVpcEndpoint", "ec2:DeleteSecurityGroup", "ec2:DeleteTags", "ec2:DeleteVpcEndpoints", "ec2:ModifySecurityGroupRules", "ec2:ModifyVpcEndpoint",
        "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
      ]
      Resource  = ["*"]
      Condition = { StringEquals = { "aws:RequestedRegion" = var.aws_region } }
    },
  ]
}
