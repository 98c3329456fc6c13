"""Limits of SQS, and of local stand-ins for it.

Source: SQS Developer Guide, "Amazon SQS message quotas" and "Amazon SQS visibility timeout"; API Reference; read 2026.
"""

from __future__ import annotations

MAX_PER_CALL = 10
"""Entries of one batch request, and messages of one receive."""

MAX_CALL_BYTES = 1_048_576
"""Bytes of all messages of one SendMessageBatch, attributes counted (1 MiB)."""

MAX_MESSAGE_BYTES = 1_048_576
"""The largest value of a queue's MaximumMessageSize (1 MiB since August 2025; 262,144 before)."""

MAX_ATTRIBUTES = 10
"""Message attributes of one message."""

MAX_DELAY_SECONDS = 900
"""SendMessage's largest DelaySeconds."""

MAX_VISIBILITY_SECONDS = 43_200
"""A message can stay hidden for 12 hours, counted from its receive; a renewal never goes beyond."""

MAX_POLL_SECONDS = 20
"""ReceiveMessage's largest WaitTimeSeconds."""

MAX_RECEIVES = 1_000
"""The largest maxReceiveCount of a redrive policy."""

DEFAULT_RETENTION_SECONDS = 345_600
"""A queue's MessageRetentionPeriod by default: 4 days."""
