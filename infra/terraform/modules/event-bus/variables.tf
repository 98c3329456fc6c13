variable "name" {
  description = "The bus's name: {project}-{environment}."
  type        = string
}
