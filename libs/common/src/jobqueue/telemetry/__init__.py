"""Traces, metrics and log lines. Layer 3: the only importer of OpenTelemetry, and its SDK only once the first poll is under way."""
