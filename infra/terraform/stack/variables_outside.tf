# Network

variable "vpc_id" {
  description = "The VPC that tasks run in; null: the account's default VPC, for a quick start."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "The private subnets of vpc_id."
  type        = list(string)
  default     = []
}

variable "zone_ids_without_fargate" {
  description = "Availability zones of the default VPC that tasks cannot run in, by their ids: \"AWS Fargate Regions\" names those that they can."
  type        = list(string)
  default     = ["use1-az3", "usw1-az2", "apne1-az3", "cac1-az3"]
}

variable "create_vpc_endpoints" {
  description = "Whether to make VPC endpoints for all that tasks call, so that the VPC needs no way to the internet."
  type        = bool
  default     = false
}

variable "vpc_endpoints" {
  description = "Gateway endpoints for what handlers call, at no cost: s3, dynamodb."
  type        = list(string)
  default     = []
}

variable "route_table_ids" {
  description = "The route tables of the private subnets, for gateway endpoints."
  type        = list(string)
  default     = []
}

# Alarms

variable "alarm_subscriptions" {
  description = "Who is told of alarms, by a name of your choice: { oncall = { protocol = \"email\", endpoint = \"oncall@example.com\" } }."
  type        = map(object({ protocol = string, endpoint = string }))
  default     = {}
}

variable "alarms_document" {
  description = "Where docs/alarms.md is found, best a URL; each alarm's description ends with it and the alarm's heading."
  type        = string
  default     = "docs/alarms.md"
}

variable "composite_alarms" {
  description = "Whether each service has a composite alarm; false where CloudWatch does not offer them."
  type        = bool
  default     = true
}

# Grafana

variable "grafana_principal_arns" {
  description = "Who may assume the read-only role for Grafana's data sources: the role or user that Grafana runs as, or an account's root. None: no role is made."
  type        = list(string)
  default     = []
}

variable "grafana_external_id" {
  description = "The external id that Grafana has to say when it assumes the role; null: none. Another company's Grafana (Grafana Cloud) must have one."
  type        = string
  default     = null
}
