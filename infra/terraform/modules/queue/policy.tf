# Who may send from outside; everybody over TLS only. The project's own roles have their rights from their own policies, which suffice within one
# account: a policy that names a role which was made seconds before may be refused ("Invalid value for the parameter Policy").

locals {
  # Roles and accounts are principals themselves. A service acts for one resource, which the condition names: another
  # account's topic or bucket cannot have the service send for it (confused deputy).
  producer_principals = {
    for name, producer in var.producers : name => {
      role    = { AWS = producer.arn }
      account = { AWS = producer.arn }
      sns     = { Service = "sns.amazonaws.com" }
      s3      = { Service = "s3.amazonaws.com" }
      events  = { Service = "events.amazonaws.com" }
    }[producer.kind]
  }
  # A bucket's ARN names no account, so S3 needs the account as well ("Granting permissions to publish event notification messages").
  producer_conditions = {
    for name, producer in var.producers : name => merge(
      contains(["role", "account"], producer.kind) ? {} : { ArnEquals = { "aws:SourceArn" = producer.arn } },
      producer.kind == "s3" ? { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } } : {},
    )
  }
  producers = [
    for name, producer in var.producers : merge(
      {
        Sid       = "Producer${replace(title(replace(name, "-", " ")), " ", "")}"
        Effect    = "Allow"
        Principal = local.producer_principals[name]
        Action    = ["sqs:SendMessage"]
        Resource  = local.arn
      },
      length(local.producer_conditions[name]) == 0 ? {} : { Condition = local.producer_conditions[name] },
    )
  ]

  statements = concat([local.tls_only[local.arn]], local.producers)

  # Dead letters come from the queue's own receivers; operators read and redrive them with their own IAM policies.
  dead_letter_statements = [local.tls_only[local.dead_letter_arn]]

  tls_only = {
    for arn in [local.arn, local.dead_letter_arn] : arn => {
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }
  }
}
