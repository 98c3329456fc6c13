# GitHub Actions without stored keys: three roles, each for exactly the subjects it names.
#
# plan reads, push writes images, apply changes what the stack makes and nothing outside the project's names; no role can do two of these.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  issuer    = "token.actions.githubusercontent.com"
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition

  roles = {
    plan  = { subjects = var.subjects.plan, policy = local.plan_statements }
    push  = { subjects = var.subjects.push, policy = local.push_statements }
    apply = { subjects = var.subjects.apply, policy = local.apply_statements }
  }
}

# Since 2023 AWS trusts GitHub's certificate by its own list and needs no thumbprint.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.create_provider ? 1 : 0

  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "this" {
  for_each = local.roles

  name                 = "${var.name}-github-${each.key}"
  description          = "GitHub Actions: ${each.key}."
  max_session_duration = 7200 # a deployment may take ninety minutes
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:${local.partition}:iam::${local.account}:oidc-provider/${local.issuer}" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = each.value.subjects
        }
      }
    }]
  })

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "this" {
  for_each = local.roles

  name   = each.key
  role   = aws_iam_role.this[each.key].name
  policy = jsonencode({ Version = "2012-10-17", Statement = each.value.policy })
}

# A plan reads everything it compares with; AWS's own policy follows new attributes.
resource "aws_iam_role_policy_attachment" "read" {
  for_each = toset(["plan", "apply"])

  role       = aws_iam_role.this[each.key].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/ReadOnlyAccess"
}
