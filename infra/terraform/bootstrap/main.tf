# Once per account and Region, before everything else: where Terraform's states and the images are kept, the boundary of all roles, and how GitHub gets in.
#
# Its own state is a file at first, since the bucket is what it makes; `nox -s bootstrap` and `nox -s deploy` move it into the bucket, as bootstrap.tfstate.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

provider "aws" {
  region = var.aws_region

  default_tags {
    tags = merge({ Project = var.project_name, ManagedBy = "terraform" }, var.tags)
  }
}

resource "aws_kms_key" "this" {
  description             = "${var.project_name}: Terraform states and images"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AccountAndItsIamPolicies" # ECR and S3 use the key in their callers' names; ECR by grants
      Effect    = "Allow"
      Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.project_name}-bootstrap"
  target_key_id = aws_kms_key.this.key_id
}

# An image for each folder of services/, for what they are built on, and for the collector beside them.
locals {
  services = [for file in fileset("${path.module}/../../../services", "*/pyproject.toml") : dirname(file)]
}

module "repository" {
  source   = "../modules/image-repository"
  for_each = toset(concat(["base", "collector"], local.services))

  name         = "${var.project_name}/${each.key}"
  kms_key_arn  = aws_kms_key.this.arn
  force_delete = var.force_destroy
}

module "github_access" {
  source = "../modules/github-access"
  count  = var.github_subjects == null ? 0 : 1

  name             = var.project_name
  aws_region       = var.aws_region
  subjects         = var.github_subjects
  create_provider  = var.create_github_provider
  state_bucket_arn = aws_s3_bucket.state.arn
  state_key_arn    = aws_kms_key.this.arn
  boundary_arn     = aws_iam_policy.boundary.arn
  repository_arns  = [for repository in module.repository : repository.arn]
}
