"""The correlation id that a message carries. Any thread.

It is chosen outside and goes through every message, log line and span, so it is untrusted: at most 256 characters (our
number: two of them still leave room in a log line, and SQS attributes allow far more), each as `characters` allows it.
"""

from __future__ import annotations

from jobqueue.messages.characters import fault_of
from jobqueue.messages.errors import Undecodable
from jobqueue.messages.job_id import new_job_id

MAX_CHARACTERS = 256


def check_correlation_id(text: object) -> str:
    """Gives back a correlation id from outside.

    Raises:
        Undecodable: not a string, empty, over 256 characters, or with a character that `characters` does not allow.
    """
    if not isinstance(text, str) or not text:
        raise Undecodable("correlation_id", "correlationId must be a non-empty string")
    if len(text) > MAX_CHARACTERS:
        raise Undecodable(
            "correlation_id", f"correlationId has {len(text)} characters; at most {MAX_CHARACTERS} are allowed"
        )
    if (fault := fault_of(text)) is not None:
        raise Undecodable("correlation_id", f"correlationId has {fault}")
    return text


def synthetic_correlation_id() -> str:
    """Marks what the synthetic mode sent, so that a reader can filter it."""
    return f"synthetic-{new_job_id()}"
