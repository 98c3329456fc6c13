variable "project_name" {
  description = "How the names of everything begin; the stack's project_name."
  type        = string
  default     = "message-driven-microservices"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*[a-z0-9]$", var.project_name)) && length(var.project_name) <= 28
    error_message = "project_name must be 2 to 28 lower-case letters, digits and hyphens: the bucket's name adds account, Region and -state, and S3 takes 63."
  }
}

variable "aws_region" {
  description = "The Region of bucket and images."
  type        = string
  default     = "us-east-1"
}

variable "tags" {
  description = "Tags of everything, beside Project."
  type        = map(string)
  default     = {}
}

variable "service_rights" {
  description = "What services may be given beside what the runtime needs: an action to the ARNs that it is for, * allowed in both. Secrets that have other names than PROJECT/... too."
  type        = map(list(string))
  default     = {}

  validation {
    condition     = alltrue([for action, arns in var.service_rights : can(regex("^[a-z0-9-]+:[A-Za-z][A-Za-z0-9]*\\*?$", action)) && length(arns) > 0])
    error_message = "service_rights: an action is SERVICE:ACTION, like s3:GetObject or dynamodb:Get*, and is for at least one ARN."
  }
  validation {
    condition = alltrue([
      for action in keys(var.service_rights) : !contains(["account", "iam", "identitystore", "organizations", "sso", "sts"], split(":", action)[0])
    ])
    error_message = "service_rights: no task may make roles, take others or change the account: nothing of account, iam, identitystore, organizations, sso or sts."
  }
}

variable "github_subjects" {
  description = "Exact subjects of GitHub's tokens that may plan, push and apply (docs/howto/set-up-github.md); null: no access for GitHub."
  type        = object({ plan = list(string), push = list(string), apply = list(string) })
  default     = null
}

variable "create_github_provider" {
  description = "Whether to make the account's OIDC provider for GitHub; false where it exists."
  type        = bool
  default     = true
}

variable "force_destroy" {
  description = "Whether destroying deletes states and images too. For trials only."
  type        = bool
  default     = false
}
