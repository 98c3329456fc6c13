"""The numbers that SQS fixes.

Source: SQS Developer Guide, "Amazon SQS message quotas" and "Amazon SQS visibility timeout", read 2026.
"""

from __future__ import annotations

ENTRIES_PER_CALL = 10
"""Entries of one batch request, and messages of one receive."""

BYTES_PER_CALL = 1_048_576
"""Bytes of all messages of one SendMessageBatch, attributes counted (1 MiB)."""

MOST_MESSAGE_BYTES = 1_048_576
"""The largest value of a queue's MaximumMessageSize (1 MiB since August 2025; 262,144 before)."""

DEFAULT_RETENTION_SECONDS = 345_600
"""A queue's MessageRetentionPeriod where nobody set one: 4 days."""

LONGEST_HIDE_SECONDS = 43_200
"""A message can stay hidden for 12 hours, counted from its receive; a renewal never goes beyond."""

LONGEST_POLL_SECONDS = 20
"""ReceiveMessage's largest WaitTimeSeconds."""
