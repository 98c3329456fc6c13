variable "name" {
  description = "How the table's name begins: {project}-{environment}."
  type        = string
}

variable "kms_key_arn" {
  description = "The key that it is encrypted with."
  type        = string
}
