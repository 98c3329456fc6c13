variable "image" {
  description = "The service's image in ECR, by digest."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.[a-z.]+/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image must be ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY@sha256:DIGEST (64 hexadecimal digits): a tag could mean another image tomorrow."
  }
}

variable "collector_image" {
  description = "The ADOT collector's image in ECR, by digest."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.[a-z.]+/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$", var.collector_image))
    error_message = "collector_image must be ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY@sha256:DIGEST (64 hexadecimal digits)."
  }
}

variable "collector_config" {
  description = "The collector's configuration: YAML, a map."
  type        = string

  validation {
    condition     = can(keys(yamldecode(var.collector_config)))
    error_message = "collector_config must be a YAML map: the collector takes nothing else from AOT_CONFIG_CONTENT."
  }
}

variable "cpu_architecture" {
  description = "ARM64 or X86_64; the images must be built for it."
  type        = string
  default     = "ARM64"

  validation {
    condition     = contains(["ARM64", "X86_64"], var.cpu_architecture)
    error_message = "cpu_architecture must be ARM64 or X86_64."
  }
}

# "Amazon ECS task definition parameters for Fargate", task size: CPU units -> MiB from, to, in steps of.
locals {
  fargate_sizes = {
    "256"   = [512, 2048, 512] # 512, 1024, 2048: see the exception below
    "512"   = [1024, 4096, 1024]
    "1024"  = [2048, 8192, 1024]
    "2048"  = [4096, 16384, 1024]
    "4096"  = [8192, 30720, 1024]
    "8192"  = [16384, 61440, 4096]
    "16384" = [32768, 122880, 8192]
  }
  fargate_memory = {
    for cpu, size in local.fargate_sizes : cpu => [
      for memory in range(size[0], size[1] + 1, size[2]) : memory if !(cpu == "256" && memory == 1536)
    ]
  }
}

variable "container_cpu" {
  description = "CPU units of the whole task, its collector included; 1,024 are one vCPU."
  type        = number
  default     = 256

  validation {
    condition     = contains(keys(local.fargate_memory), tostring(var.container_cpu))
    error_message = "container_cpu must be 256, 512, 1024, 2048, 4096, 8192 or 16384 (Fargate's sizes)."
  }
}

variable "container_memory" {
  description = "Memory of the whole task in MiB, its collector included."
  type        = number
  default     = 512

  validation {
    condition     = contains(lookup(local.fargate_memory, tostring(var.container_cpu), [var.container_memory]), var.container_memory)
    error_message = "container_memory = ${var.container_memory} does not go with container_cpu = ${var.container_cpu}; Fargate takes ${join(", ", lookup(local.fargate_memory, tostring(var.container_cpu), []))} MiB."
  }
}

variable "collector_cpu" {
  description = "CPU units of the task that are the collector's."
  type        = number
  default     = 64

  validation {
    condition     = var.collector_cpu >= 32 && var.collector_cpu <= var.container_cpu / 2
    error_message = "collector_cpu must be between 32 and half of container_cpu."
  }
}

variable "collector_memory" {
  description = "Memory in MiB of the task that is the collector's, a hard limit; its memory limiter stays below."
  type        = number
  default     = 160

  validation {
    condition     = var.collector_memory >= 128 && var.container_memory - var.collector_memory >= 256
    error_message = "collector_memory must be at least 128 MiB, and leave 256 MiB of container_memory to the worker."
  }
}

variable "collector_stop_timeout_seconds" {
  description = "Seconds between SIGTERM and SIGKILL of the collector, which stops after the worker and exports the rest."
  type        = number
  default     = 20

  validation {
    condition     = var.collector_stop_timeout_seconds >= 2 && var.collector_stop_timeout_seconds <= 120
    error_message = "collector_stop_timeout_seconds must be between 2 and 120 seconds."
  }
}
