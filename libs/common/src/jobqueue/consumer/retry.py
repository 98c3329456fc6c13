"""Backoff with full jitter. Pure.

Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): a random part of a delay that doubles with each receive.
"""

from __future__ import annotations

import math

from jobqueue.chance import CHANCE


def backoff_seconds(receive_count: int, first_seconds: float, max_seconds: float) -> int:
    """Whole seconds (SQS hides for whole ones), at least 1, at most `max_seconds` rounded up."""
    return max(1, math.ceil(jittered(receive_count, first_seconds, max_seconds)))


def jittered(count: int, first_seconds: float, max_seconds: float) -> float:
    """Seconds before try `count` + 1: random, up to a bound that begins at `first_seconds`, doubles with each, and ends at `max_seconds`."""
    return CHANCE.uniform(0, min(max_seconds, first_seconds * 2.0 ** min(count - 1, 60)))
