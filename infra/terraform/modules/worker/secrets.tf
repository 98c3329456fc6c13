# What ECS reads for the container when a task starts, and the execution role's rights to exactly that; none without secrets.

locals {
  name_form   = "^[A-Za-z_][A-Za-z0-9_]*$"
  secret_form = "^arn:[a-z-]+:(ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9_./-]+|secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}(:[^:*?]*:[^:*?]*:[^:*?]*)?)$"

  # A secret's ARN has seven parts; JSON key, stage and version after them choose what is read of it and are no part of the right.
  secret_arns = sort(distinct([for arn in values(var.secrets) : join(":", slice(split(":", arn), 0, min(7, length(split(":", arn)))))]))
  secrets_of  = { for service in ["ssm", "secretsmanager"] : service => [for arn in local.secret_arns : arn if split(":", arn)[2] == service] }
  # Who asks KMS in ECS's name: the service that keeps the secret, where it keeps it.
  secret_readers = distinct([for arn in local.secret_arns : "${split(":", arn)[2]}.${split(":", arn)[3]}.amazonaws.com"])

  # "Amazon ECS task execution IAM role", permissions for secrets
  secret_statements = concat(
    [
      for arns in [local.secrets_of["ssm"]] : {
        Sid      = "ReadParameters"
        Effect   = "Allow"
        Action   = ["ssm:GetParameters"]
        Resource = arns
      } if length(arns) > 0
    ],
    [
      for arns in [local.secrets_of["secretsmanager"]] : {
        Sid      = "ReadSecrets"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = arns
      } if length(arns) > 0
    ],
    [
      for arns in [var.secret_kms_key_arns] : {
        Sid       = "DecryptSecrets"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = arns
        Condition = { StringEquals = { "kms:ViaService" = local.secret_readers } }
      } if length(arns) > 0 && length(local.secret_arns) > 0
    ],
  )
}
