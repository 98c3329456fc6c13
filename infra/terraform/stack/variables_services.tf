# Images

variable "main_job_image" {
  description = "The main job's image in ECR, by digest: ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY@sha256:DIGEST."
  type        = string
}

variable "background_job_image" {
  description = "The background job's image in ECR, by digest."
  type        = string
}

variable "collector_image" {
  description = "The ADOT collector's image, mirrored into ECR, by digest."
  type        = string
}

variable "cpu_architecture" {
  description = "ARM64 (cheaper) or X86_64; the images must be built for it."
  type        = string
  default     = "ARM64"
}

# Tasks: the defaults of both services

variable "container_cpu" {
  description = "CPU units of a whole task, its collector included; 1,024 are one vCPU."
  type        = number
  default     = 256
}

variable "container_memory" {
  description = "Memory of a whole task in MiB, its collector included."
  type        = number
  default     = 512
}

variable "collector_cpu" {
  description = "CPU units of the task that are the collector's."
  type        = number
  default     = 64
}

variable "collector_memory" {
  description = "Memory in MiB of the task that is the collector's."
  type        = number
  default     = 160
}

variable "collector_stop_timeout_seconds" {
  description = "Seconds between SIGTERM and SIGKILL of the collector, which stops after the worker."
  type        = number
  default     = 20
}

variable "desired_count" {
  description = "Tasks of a service at the first apply, and the default of min_tasks; then the autoscaler's."
  type        = number
  default     = 1
}

variable "min_tasks" {
  description = "Least tasks of a service; 0: none while there is no work. null: desired_count."
  type        = number
  default     = null
}

variable "max_tasks" {
  description = "Most tasks of a service."
  type        = number
  default     = 10
}

variable "capacity_providers" {
  description = "FARGATE and FARGATE_SPOT, each with the tasks it gets first (base) and its share of the rest (weight)."
  type        = list(object({ name = string, base = optional(number, 0), weight = optional(number, 1) }))
  default     = [{ name = "FARGATE" }]
}

# What one service has different

variable "main_job" {
  description = "The main job's own values; null: those of both services. settings: names as in the services' environment, in lower case. scaling, thresholds: see the worker module."
  type = object({
    settings           = optional(map(string), {})
    container_cpu      = optional(number)
    container_memory   = optional(number)
    desired_count      = optional(number)
    min_tasks          = optional(number)
    max_tasks          = optional(number)
    capacity_providers = optional(list(object({ name = string, base = optional(number, 0), weight = optional(number, 1) })))
    scaling            = optional(any, {})
    thresholds         = optional(map(number), {})
  })
  default = {}

  validation {
    condition     = alltrue([for name in keys(var.main_job.settings) : contains(keys(local.settings), name)])
    error_message = "main_job.settings: unknown: ${join(", ", setsubtract(keys(var.main_job.settings), keys(local.settings)))}."
  }
}

variable "background_job" {
  description = "The background job's own values; as main_job."
  type = object({
    settings           = optional(map(string), {})
    container_cpu      = optional(number)
    container_memory   = optional(number)
    desired_count      = optional(number)
    min_tasks          = optional(number)
    max_tasks          = optional(number)
    capacity_providers = optional(list(object({ name = string, base = optional(number, 0), weight = optional(number, 1) })))
    scaling            = optional(any, {})
    thresholds         = optional(map(number), {})
  })
  default = {}

  validation {
    condition     = alltrue([for name in keys(var.background_job.settings) : contains(keys(local.settings), name)])
    error_message = "background_job.settings: unknown: ${join(", ", setsubtract(keys(var.background_job.settings), keys(local.settings)))}."
  }
}
