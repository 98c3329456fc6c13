variable "name" {
  description = "The project's name."
  type        = string
}

variable "aws_region" {
  description = "The Region that the stack is applied to."
  type        = string
}

variable "subjects" {
  description = "Exact subjects of GitHub's tokens, per role: repo:OWNER@ID/REPOSITORY@ID:environment:prod, repo:OWNER@ID/REPOSITORY@ID:ref:refs/heads/main; without ids where the repository is older than those."
  type = object({
    plan  = list(string)
    push  = list(string)
    apply = list(string)
  })

  validation {
    condition     = alltrue([for subject in flatten(values(var.subjects)) : can(regex("^repo:[A-Za-z0-9_.@-]+/[A-Za-z0-9_.@-]+:[^*?]+$", subject))])
    error_message = "subjects must be whole: repo:OWNER/REPOSITORY:... without * or ?, which would let other branches or repositories in."
  }
  validation {
    condition     = alltrue([for subjects in values(var.subjects) : length(subjects) > 0])
    error_message = "subjects: plan, push and apply each need at least one."
  }
  validation {
    condition     = alltrue([for subject in concat(var.subjects.push, var.subjects.apply) : !endswith(subject, ":pull_request")])
    error_message = "subjects: push and apply must not name :pull_request: anybody's pull request could then deploy."
  }
}

variable "create_provider" {
  description = "Whether to make the account's OIDC provider for GitHub; false where it exists (an account has one)."
  type        = bool
  default     = true
}

variable "state_bucket_arn" {
  description = "The bucket of the Terraform states."
  type        = string
}

variable "state_key_arn" {
  description = "The key of that bucket."
  type        = string
}

variable "boundary_arn" {
  description = "The permissions boundary that every role must have that apply makes or gives a policy."
  type        = string
}

variable "repository_arns" {
  description = "The ECR repositories that push may write to."
  type        = list(string)
}
