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

variable "service_images" {
  description = "The images of further services, by digest: the service's name in stack/main.tf to its image."
  type        = map(string)
  default     = {}

  validation {
    condition     = toset(keys(var.service_images)) == setsubtract(keys(local.services), local.two)
    error_message = "service_images must name exactly the services of stack/main.tf beside main-job and background-job: ${join(", ", setsubtract(keys(local.services), local.two))}"
  }
}

variable "cpu_architecture" {
  description = "ARM64 (cheaper) or X86_64; the images must be built for it."
  type        = string
  default     = "ARM64"
}

# Tasks: the defaults of all services

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
  description = "Tasks of a service at the first apply, and the default of min_tasks; then the autoscaler's. To raise min_tasks above it later, raise it too: running tasks are not touched."
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
  description = "The main job's own values; null: those of all services. settings: names as in the services' environment, in lower case. environment: what the service's own settings.py declares, CRM_URL and its like. secrets: the same for what nobody may read, names to ARNs of SSM parameters or Secrets Manager secrets. policy_statements: what its handlers may do in AWS beside the runtime's own rights, egress: where its tasks may connect to beside HTTPS, a TCP port of a CIDR or of a security group; both by a name of your choice. scaling, thresholds: see the worker module."
  type = object({
    settings           = optional(map(string), {})
    environment        = optional(map(string), {})
    secrets            = optional(map(string), {})
    policy_statements  = optional(map(object({ actions = list(string), resources = list(string), condition = optional(map(map(list(string))), {}) })), {})
    egress             = optional(map(object({ port = number, cidr = optional(string), security_group_id = optional(string) })), {})
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
    environment        = optional(map(string), {})
    secrets            = optional(map(string), {})
    policy_statements  = optional(map(object({ actions = list(string), resources = list(string), condition = optional(map(map(list(string))), {}) })), {})
    egress             = optional(map(object({ port = number, cidr = optional(string), security_group_id = optional(string) })), {})
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

variable "service_values" {
  description = "Further services' own values, by the service's name; as main_job."
  type = map(object({
    settings           = optional(map(string), {})
    environment        = optional(map(string), {})
    secrets            = optional(map(string), {})
    policy_statements  = optional(map(object({ actions = list(string), resources = list(string), condition = optional(map(map(list(string))), {}) })), {})
    egress             = optional(map(object({ port = number, cidr = optional(string), security_group_id = optional(string) })), {})
    container_cpu      = optional(number)
    container_memory   = optional(number)
    desired_count      = optional(number)
    min_tasks          = optional(number)
    max_tasks          = optional(number)
    capacity_providers = optional(list(object({ name = string, base = optional(number, 0), weight = optional(number, 1) })))
    thresholds         = optional(map(number), {})
    # in full: the values of a map are of one type
    scaling = optional(object({
      acceptable_latency_seconds = optional(number)
      seconds_per_job            = optional(number)
      scale_in_cooldown_seconds  = optional(number)
      scale_out_cooldown_seconds = optional(number)
      idle_minutes               = optional(number)
      schedules                  = optional(map(object({ schedule = string, timezone = optional(string), min_tasks = number, max_tasks = number })))
    }), {})
  }))
  default = {}

  validation {
    condition     = length(setsubtract(keys(var.service_values), setsubtract(keys(local.services), local.two))) == 0
    error_message = "service_values: unknown: ${join(", ", setsubtract(keys(var.service_values), setsubtract(keys(local.services), local.two)))}."
  }
  validation {
    condition     = alltrue([for own in values(var.service_values) : alltrue([for name in keys(own.settings) : contains(keys(local.settings), name)])])
    error_message = "service_values: settings: unknown: ${join(", ", setsubtract(flatten([for own in values(var.service_values) : keys(own.settings)]), keys(local.settings)))}."
  }
}

# Secrets and telemetry

variable "secret_kms_key_arns" {
  description = "The customer managed keys that the services' secrets are encrypted with; none where AWS's own keys are."
  type        = list(string)
  default     = []
}

variable "otel_traces_sampler" {
  description = "Which traces are kept; with parentbased_... a job does as its trigger did."
  type        = string
  default     = "parentbased_always_on"
}

variable "otel_traces_sampler_arg" {
  description = "The share of traces that traceidratio and parentbased_traceidratio keep: 0.1 is every tenth. null: all of them."
  type        = number
  default     = null
}

variable "otel_metric_export_interval" {
  description = "How often metrics are exported, in milliseconds."
  type        = number
  default     = 60000
}
