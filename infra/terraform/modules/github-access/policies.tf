locals {
  here = "${var.aws_region}:${local.account}"
  name = var.name

  # "S3 backend", permissions required: the state, and the lock object beside it. The plan role cannot write state.
  state_read = [
    { Sid = "ListState", Effect = "Allow", Action = ["s3:ListBucket"], Resource = [var.state_bucket_arn] },
    { Sid = "ReadState", Effect = "Allow", Action = ["s3:GetObject"], Resource = ["${var.state_bucket_arn}/*"] },
    { Sid = "Lock", Effect = "Allow", Action = ["s3:PutObject", "s3:DeleteObject"], Resource = ["${var.state_bucket_arn}/*.tflock"] },
    { Sid = "StateKey", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = [var.state_key_arn] },
  ]
  # What ReadOnlyAccess allows and a deployment must not see: messages, logs and secrets.
  no_contents = [{
    Sid      = "NoContents"
    Effect   = "Deny"
    Action   = ["sqs:ReceiveMessage", "logs:GetLogEvents", "logs:FilterLogEvents", "logs:StartQuery", "secretsmanager:GetSecretValue", "ssm:GetParameter*"]
    Resource = ["*"]
  }]
  plan_statements = concat(local.state_read, local.no_contents)

  # "Private repository policies", pushing an image
  push_statements = [
    { Sid = "Login", Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = ["*"] },
    {
      Sid    = "Push"
      Effect = "Allow"
      Action = [
        "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
        "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
      ]
      Resource = var.repository_arns
    },
  ]

  apply_statements = concat(local.state_read, local.no_contents, local.apply_named, local.apply_roles, local.apply_unnamed)

  # Everything that carries the project's name.
  apply_named = [
    { Sid = "WriteState", Effect = "Allow", Action = ["s3:PutObject"], Resource = ["${var.state_bucket_arn}/*.tfstate"] },
    {
      Sid    = "NamedResources"
      Effect = "Allow"
      Action = ["sqs:*", "sns:*", "logs:*", "ecs:*", "events:*", "cloudwatch:*"]
      Resource = [
        "arn:${local.partition}:sqs:${local.here}:${local.name}-*",
        "arn:${local.partition}:sns:${local.here}:${local.name}-*",
        "arn:${local.partition}:logs:${local.here}:log-group:/ecs/${local.name}-*",
        "arn:${local.partition}:logs:${local.here}:log-group:/aws/ecs/containerinsights/${local.name}-*",
        "arn:${local.partition}:ecs:${local.here}:cluster/${local.name}-*",
        "arn:${local.partition}:ecs:${local.here}:service/${local.name}-*",
        "arn:${local.partition}:ecs:${local.here}:task-definition/${local.name}-*",
        "arn:${local.partition}:events:${local.here}:rule/${local.name}-*",
        "arn:${local.partition}:cloudwatch:${local.here}:alarm:${local.name}-*",
      ]
    },
  ]

  # Roles are the way to more rights: only the project's own, passed to ECS only, never these three.
  apply_roles = [
    {
      Sid    = "Roles"
      Effect = "Allow"
      Action = [
        "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription",
      ]
      Resource = [for kind in ["task", "execution"] : "arn:${local.partition}:iam::${local.account}:role/${local.name}-*-${kind}"]
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

  # What AWS gives no name of ours: keys, network, scaling, the log resource policies, task definitions' registration.
  apply_unnamed = [
    { Sid = "CreateKeys", Effect = "Allow", Action = ["kms:CreateKey"], Resource = ["*"], Condition = { StringEquals = { "aws:RequestTag/Project" = local.name } } },
    {
      Sid    = "ProjectKeys"
      Effect = "Allow"
      Action = [
        "kms:CreateGrant", "kms:Decrypt", "kms:EnableKeyRotation", "kms:GenerateDataKey", "kms:PutKeyPolicy",
        "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription", "kms:CreateAlias", "kms:DeleteAlias",
      ]
      Resource  = ["arn:${local.partition}:kms:${local.here}:key/*"]
      Condition = { StringEquals = { "aws:ResourceTag/Project" = local.name } }
    },
    { Sid = "Aliases", Effect = "Allow", Action = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"], Resource = ["arn:${local.partition}:kms:${local.here}:alias/${local.name}-*"] },
    {
      Sid    = "Unnamed"
      Effect = "Allow"
      Action = [
        "application-autoscaling:*", "ecs:DeregisterTaskDefinition", "ecs:RegisterTaskDefinition",
        "logs:DeleteResourcePolicy", "logs:PutResourcePolicy",
        "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateSecurityGroup", "ec2:CreateTags",
        "ec2:CreateVpcEndpoint", "ec2:DeleteSecurityGroup", "ec2:DeleteVpcEndpoints", "ec2:ModifyVpcEndpoint",
        "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
      ]
      Resource  = ["*"]
      Condition = { StringEquals = { "aws:RequestedRegion" = var.aws_region } }
    },
  ]
}
