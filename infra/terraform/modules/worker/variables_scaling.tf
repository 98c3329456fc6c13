variable "desired_count" {
  description = "Tasks at the first apply, and the default of min_tasks; then the autoscaler's."
  type        = number
  default     = 1

  validation {
    condition     = var.desired_count >= 0 && floor(var.desired_count) == var.desired_count
    error_message = "desired_count must be a whole number, 0 or more."
  }
}

variable "min_tasks" {
  description = "Least tasks; 0: none while there is no work. null: desired_count."
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.min_tasks, 0) >= 0 && floor(coalesce(var.min_tasks, 0)) == coalesce(var.min_tasks, 0)
    error_message = "min_tasks must be a whole number, 0 or more."
  }
  validation {
    # Later than the first apply desired_count changes nothing, but the same values must also make a new installation.
    condition     = coalesce(var.min_tasks, 0) <= var.desired_count
    error_message = "min_tasks = ${coalesce(var.min_tasks, 0)} must be at most desired_count = ${var.desired_count}: set desired_count to ${coalesce(var.min_tasks, 0)} or more too. It is the count at the first apply only; no task that runs is touched by it."
  }
}

variable "max_tasks" {
  description = "Most tasks."
  type        = number
  default     = 10

  validation {
    condition     = var.max_tasks >= 1 && var.max_tasks >= var.desired_count
    error_message = "max_tasks = ${var.max_tasks} must be at least 1 and at least desired_count = ${var.desired_count}: raise max_tasks, or set desired_count (and min_tasks) to ${var.max_tasks} or less too."
  }
}

variable "capacity_providers" {
  description = "Where tasks run: FARGATE and FARGATE_SPOT, each with the tasks it gets first (base) and its share of the rest (weight)."
  type = list(object({
    name   = string
    base   = optional(number, 0)
    weight = optional(number, 1)
  }))
  default = [{ name = "FARGATE" }]

  validation {
    condition     = length(var.capacity_providers) > 0 && alltrue([for provider in var.capacity_providers : contains(["FARGATE", "FARGATE_SPOT"], provider.name)])
    error_message = "capacity_providers: name must be FARGATE or FARGATE_SPOT, and there must be at least one."
  }
  validation {
    condition     = length([for provider in var.capacity_providers : provider if provider.base > 0]) <= 1
    error_message = "capacity_providers: only one may have a base (\"CreateService\", capacityProviderStrategy)."
  }
  validation {
    condition     = sum(concat([0], [for provider in var.capacity_providers : provider.weight])) > 0
    error_message = "capacity_providers: at least one weight must be above 0."
  }
}

variable "scaling" {
  description = "The backlog per task is acceptable_latency_seconds / seconds_per_job * max_concurrency. idle_minutes: until sleep, where min_tasks is 0. schedules: other limits at certain times; one of them leads back to min_tasks and max_tasks."
  type = object({
    acceptable_latency_seconds = optional(number, 60)
    seconds_per_job            = optional(number, 5)
    scale_in_cooldown_seconds  = optional(number, 300)
    scale_out_cooldown_seconds = optional(number, 60)
    idle_minutes               = optional(number, 15)
    schedules = optional(map(object({
      schedule  = string
      timezone  = optional(string, "UTC")
      min_tasks = number
      max_tasks = number
    })), {})
  })
  default = {}

  validation {
    condition     = var.scaling.acceptable_latency_seconds > 0 && var.scaling.seconds_per_job > 0
    error_message = "scaling: acceptable_latency_seconds and seconds_per_job must be above 0: the backlog target is their quotient times max_concurrency."
  }
  validation {
    condition     = var.scaling.scale_in_cooldown_seconds >= 0 && var.scaling.scale_out_cooldown_seconds >= 0
    error_message = "scaling: cooldowns must be 0 seconds or more."
  }
  validation {
    condition     = var.scaling.idle_minutes >= 5 && var.scaling.idle_minutes <= 1440 && floor(var.scaling.idle_minutes) == var.scaling.idle_minutes
    error_message = "scaling: idle_minutes must be a whole number between 5 (metrics come up to three minutes late) and 1,440 (an alarm looks back one day at most)."
  }
  validation {
    condition     = alltrue([for item in values(var.scaling.schedules) : item.min_tasks >= 0 && item.min_tasks <= item.max_tasks])
    error_message = "scaling: of each schedule, min_tasks must be 0 or more and at most max_tasks."
  }
  validation {
    condition = length(var.scaling.schedules) == 0 || contains(
      [for item in values(var.scaling.schedules) : "${item.min_tasks} to ${item.max_tasks}"],
      "${var.min_tasks == null ? var.desired_count : var.min_tasks} to ${var.max_tasks}",
    )
    error_message = "scaling: min_tasks and max_tasks (${var.min_tasks == null ? var.desired_count : var.min_tasks} to ${var.max_tasks}) must be those of one of the schedules (${join(", ", [for item in values(var.scaling.schedules) : "${item.min_tasks} to ${item.max_tasks}"])}). Beside schedules they count at the first apply only: a changed limit has to be the schedule's too, and one schedule has to lead back to them."
  }
}
