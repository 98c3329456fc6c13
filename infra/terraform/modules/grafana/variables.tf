variable "name" {
  description = "{project}-{environment}: how the role's name begins."
  type        = string
}

variable "aws_region" {
  description = "The Region of the stack, the only one that is read."
  type        = string
}

variable "principal_arns" {
  description = "Who may assume the role: the role or user that Grafana runs as, or an account's root. None: no role is made."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.principal_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(root|(role|user)/[^*?]+)$", arn))])
    error_message = "principal_arns must be ARNs of roles, users or an account's root (arn:aws:iam::111122223333:root), without wildcards."
  }
}

variable "external_id" {
  description = "What Grafana has to say as external id when it assumes the role; null: nothing. Another company's Grafana (Grafana Cloud) must have one."
  type        = string
  default     = null

  validation {
    condition = var.external_id == null || ( # "AssumeRole", ExternalId
      can(regex("^[\\w+=,.@:/-]+$", coalesce(var.external_id, "-"))) && length(coalesce(var.external_id, "-")) >= 2 && length(coalesce(var.external_id, "-")) <= 1224
    )
    error_message = "external_id must be 2 to 1,224 letters, digits or any of _+=,.@:/-."
  }
}

variable "permissions_boundary_arn" {
  description = "A permissions boundary for the role; null: none."
  type        = string
  default     = null
}

variable "log_group_names" {
  description = "The log groups that the dashboard's queries read."
  type        = list(string)
}
