"""The consumer's decisions, without AWS and without OpenTelemetry's SDK."""
