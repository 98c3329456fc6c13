# One ECR repository. What was released stays: nothing here can tell which digest runs, or which one to roll back to.

resource "aws_ecr_repository" "this" {
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.force_delete

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.kms_key_arn
  }
}

# Only what was never released expires: images tagged as trials, and layers' leftovers without a tag. ECR never expires the parts of
# a multi-platform image while its index is there ("Lifecycle policy evaluation rules"). Releases cost little: a service's own layers
# are a few hundred kilobytes, the base below them is stored once.
resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "Trials, never deployed"
        selection = {
          tagStatus     = "tagged"
          tagPrefixList = [var.trial_tag_prefix]
          countType     = "sinceImagePushed"
          countUnit     = "days"
          countNumber   = var.trial_days
        }
        action = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "Without a tag: tags are immutable, so a released image never loses its own"
        selection = {
          tagStatus   = "untagged"
          countType   = "sinceImagePushed"
          countUnit   = "days"
          countNumber = var.untagged_days
        }
        action = { type = "expire" }
      },
    ]
  })
}
