"""What is decided, without AWS and without OpenTelemetry's SDK."""
