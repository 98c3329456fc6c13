"""Traces, metrics and log lines. OpenTelemetry is imported nowhere else, and its SDK only once the first poll is under way."""
