"""When does a failed attempt come again, and when has it had enough? Layer 2, pure.

Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): a random part of a delay that doubles with each receive.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from jobqueue.messages.errors import RejectJob, RetryJob, Unsupported

if TYPE_CHECKING:
    from jobqueue.consumer.policy import ConsumerPolicy

EXHAUSTED = "attempts_exhausted"
UNSUPPORTED = "unsupported"


def backoff_seconds(receive_count: int, first: float, most: float) -> int:
    """Whole seconds (SQS hides for whole ones), at least 1, at most `most` rounded up."""
    return max(1, math.ceil(jittered(receive_count, first, most)))


def jittered(count: int, first: float, most: float) -> float:
    """Seconds before try `count` + 1: random, up to a bound that begins at `first`, doubles with each, and ends at `most`."""
    return random.uniform(0, min(most, first * 2.0 ** min(count - 1, 60)))


def verdict(error: BaseException, receive_count: int, policy: ConsumerPolicy) -> str | int:
    """A reason to reject, or the seconds to hide the message before the next attempt.

    An unknown type or newer version is worth more patience than a failing handler: it lasts until the rolling deployment ends. It is
    dead-lettered by us, with its reason, one receive before SQS would move it without one.
    """
    if isinstance(error, RejectJob):
        return error.reason
    if isinstance(error, Unsupported):
        if receive_count >= policy.max_receive_count - 1:
            return UNSUPPORTED
        first = policy.unsupported_first_seconds
        half = min(policy.retry_most_seconds, first * 2.0 ** min(receive_count - 1, 60)) / 2
        return max(1, math.ceil(half + random.uniform(0, half)))
    if receive_count >= policy.max_attempts:
        return EXHAUSTED
    if isinstance(error, RetryJob) and error.after_seconds is not None:
        return math.ceil(error.after_seconds)
    return backoff_seconds(receive_count, policy.retry_first_seconds, policy.retry_most_seconds)
