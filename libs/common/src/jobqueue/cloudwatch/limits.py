"""Limits of CloudWatch Logs.

Source: CloudWatch Logs API Reference, "PutLogEvents" and "CreateLogStream"; User Guide, "CloudWatch Logs quotas"; read 2026.
"""

from __future__ import annotations

MAX_BATCH_BYTES = 1_048_576
"""One PutLogEvents: the UTF-8 bytes of all messages, and `EVENT_OVERHEAD_BYTES` for each event."""

EVENT_OVERHEAD_BYTES = 26
"""What an event counts in its batch beside its message."""

MAX_BATCH_EVENTS = 10_000
"""Events of one PutLogEvents."""

MAX_BATCH_SPAN_MS = 24 * 3600 * 1000
"""First and last event of one PutLogEvents lie at most 24 hours apart."""

MAX_EVENT_BYTES = 1_000_000
"""The largest message we send. The quota is "1 MB" (256 KB until April 2025): a decimal megabyte is right whichever was meant."""

MAX_STREAM_NAME_CHARACTERS = 512
"""Longest name of a log stream; `:` and `*` are forbidden in it."""
