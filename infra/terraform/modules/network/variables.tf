variable "name" {
  description = "{project}-{environment}: how the names of everything begin."
  type        = string
}

variable "aws_region" {
  description = "The Region of the VPC."
  type        = string
}

variable "vpc_id" {
  description = "The VPC; null: the account's default VPC, whose subnets are public."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "The private subnets of vpc_id."
  type        = list(string)
  default     = []

  validation {
    condition     = (var.vpc_id == null) == (length(var.subnet_ids) == 0)
    error_message = "subnet_ids must name the private subnets of vpc_id; without vpc_id it must be empty, and the default VPC's subnets are used."
  }
}

variable "create_vpc_endpoints" {
  description = "Whether to make VPC endpoints for all that tasks call; needs vpc_id and route_table_ids."
  type        = bool
  default     = false

  validation {
    condition     = !var.create_vpc_endpoints || (var.vpc_id != null && length(var.route_table_ids) > 0)
    error_message = "create_vpc_endpoints needs vpc_id and route_table_ids (of the private subnets: image layers come from S3 through a gateway endpoint)."
  }
}

variable "vpc_endpoints" {
  description = "Gateway endpoints for what handlers call: s3, dynamodb. They cost nothing; S3's is among create_vpc_endpoints."
  type        = list(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.vpc_endpoints, ["s3", "dynamodb"])) == 0
    error_message = "vpc_endpoints: there are gateway endpoints of s3 and dynamodb alone."
  }
  validation {
    condition     = length(var.vpc_endpoints) == 0 || (var.vpc_id != null && length(var.route_table_ids) > 0)
    error_message = "vpc_endpoints needs vpc_id and route_table_ids (of the private subnets)."
  }
}

variable "route_table_ids" {
  description = "The route tables of the private subnets, for gateway endpoints."
  type        = list(string)
  default     = []
}

variable "event_endpoint" {
  description = "Whether EventBridge's endpoint is among them, for events of jobs' ends."
  type        = bool
  default     = false
}

variable "exec_endpoints" {
  description = "Whether ECS Exec's endpoint is among them."
  type        = bool
  default     = false
}

variable "secret_endpoints" {
  description = "Where the containers' secrets are kept: ssm, secretsmanager; their endpoints are among them."
  type        = list(string)
  default     = []
}

variable "zone_ids_without_fargate" {
  description = "Availability zones of the default VPC that tasks cannot run in, by their ids: \"AWS Fargate Regions\" names those that they can."
  type        = list(string)
  default     = ["use1-az3", "usw1-az2", "apne1-az3", "cac1-az3"]
}
