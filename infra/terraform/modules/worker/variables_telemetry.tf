# The OpenTelemetry SDK's own variables: names of its environment in lower case ("OpenTelemetry Environment Variable Specification").

variable "otel_traces_sampler" {
  description = "Which traces are kept: always_on, always_off, traceidratio, or one of these for new traces only (parentbased_...), where what continues a trace does as its sender did."
  type        = string
  default     = "parentbased_always_on"

  validation {
    condition     = contains(["always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"], var.otel_traces_sampler)
    error_message = "otel_traces_sampler must be always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or parentbased_traceidratio."
  }
}

variable "otel_traces_sampler_arg" {
  description = "The share of traces that traceidratio and parentbased_traceidratio keep: 0.1 is every tenth. null: all of them."
  type        = number
  default     = null

  validation {
    condition     = var.otel_traces_sampler_arg == null || (coalesce(var.otel_traces_sampler_arg, 0) >= 0 && coalesce(var.otel_traces_sampler_arg, 0) <= 1)
    error_message = "otel_traces_sampler_arg must be between 0 and 1."
  }
  validation {
    condition     = var.otel_traces_sampler_arg == null || endswith(var.otel_traces_sampler, "traceidratio")
    error_message = "otel_traces_sampler_arg must be null unless otel_traces_sampler is traceidratio or parentbased_traceidratio: the others take none."
  }
}

variable "otel_metric_export_interval" {
  description = "How often metrics are exported, in milliseconds."
  type        = number
  default     = 60000

  validation {
    # CloudWatch keeps a point a minute: more often only costs. The heartbeat alarm sums 5 minutes: at least two exports fall into each.
    condition     = var.otel_metric_export_interval >= 10000 && var.otel_metric_export_interval <= 120000 && floor(var.otel_metric_export_interval) == var.otel_metric_export_interval
    error_message = "otel_metric_export_interval must be a whole number between 10,000 and 120,000 milliseconds: the no-heartbeat alarm would not see a slower worker."
  }
}
