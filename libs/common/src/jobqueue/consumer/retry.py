"""Delays before another try. Pure.

Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): a random part of a delay that doubles with each receive.
"""

from __future__ import annotations

import math

from jobqueue.chance import CHANCE


def backoff_seconds(receive_count: int, first: float, most: float) -> int:
    """Whole seconds (SQS hides for whole ones), at least 1, at most `most` rounded up."""
    return max(1, math.ceil(jittered(receive_count, first, most)))


def jittered(count: int, first: float, most: float) -> float:
    """Seconds before try `count` + 1: random, up to a bound that begins at `first`, doubles with each, and ends at `most`."""
    return CHANCE.uniform(0, min(most, first * 2.0 ** min(count - 1, 60)))
