# The key's policy. Task roles get their rights from their own IAM policies, which the first statement allows to count.

locals {
  statements = concat(local.owner, local.logs, local.alarms, local.events, local.principals, local.services)

  # Without it the key could not be managed any more ("Default key policy").
  owner = [{
    Sid       = "AccountAndItsIamPolicies"
    Effect    = "Allow"
    Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
    Action    = "kms:*"
    Resource  = "*"
  }]

  # The encryption context names the log group ("Encrypt log data in CloudWatch Logs using AWS KMS").
  logs = [{
    Sid       = "LogGroupsOfThisProject"
    Effect    = "Allow"
    Principal = { Service = "logs.${var.aws_region}.amazonaws.com" }
    Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    Resource  = "*"
    Condition = {
      ArnEquals = {
        "kms:EncryptionContext:aws:logs:arn" = [
          for name in var.log_group_names : "arn:${local.partition}:logs:${var.aws_region}:${local.account}:log-group:${name}"
        ]
      }
    }
  }]

  # CloudWatch publishes alarms to the encrypted topic ("Set up Amazon SNS notifications", customer managed keys).
  alarms = [{
    Sid       = "AlarmsPublish"
    Effect    = "Allow"
    Principal = { Service = "cloudwatch.amazonaws.com" }
    Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
    Resource  = "*"
    Condition = {
      StringEquals = { "aws:SourceAccount" = local.account }
      ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:cloudwatch:${var.aws_region}:${local.account}:alarm:${var.name}-*" }
    }
  }]

  # EventBridge publishes rolled-back deployments, and may be a producer. It sends no source conditions here: with one,
  # messages are dropped and nobody is told ("Troubleshooting Amazon EventBridge", encrypted topics and queues).
  events = [{
    Sid       = "EventBridgePublishes"
    Effect    = "Allow"
    Principal = { Service = "events.amazonaws.com" }
    Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
    Resource  = "*"
  }]

  # Producers need both rights: a data key to encrypt with, and Decrypt to have it checked ("Amazon SQS Key management").
  via_sqs = { StringEquals = { "kms:ViaService" = "sqs.${var.aws_region}.amazonaws.com" } }
  principals = [
    for arns in [sort(distinct([for producer in values(var.producers) : producer.arn if contains(["role", "account"], producer.kind)]))] : {
      Sid       = "ProducersSend"
      Effect    = "Allow"
      Principal = { AWS = arns }
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = "*"
      Condition = local.via_sqs
    } if length(arns) > 0
  ]
  services = [
    for kind in ["s3", "sns"] : {
      Sid       = "Producers${upper(kind)}"
      Effect    = "Allow"
      Principal = { Service = "${kind}.amazonaws.com" }
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = "*"
      Condition = merge(
        { ArnEquals = { "aws:SourceArn" = sort([for producer in values(var.producers) : producer.arn if producer.kind == kind]) } },
        kind == "s3" ? { StringEquals = { "aws:SourceAccount" = local.account } } : {}, # a bucket's ARN names no account
      )
    } if length([for producer in values(var.producers) : producer if producer.kind == kind]) > 0
  ]
}
