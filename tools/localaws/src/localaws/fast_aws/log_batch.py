"""Checks of the batches of events that PutLogEvents takes.

A batch out of order, too large or too long in time fails as a whole; events too old or too new are left out and reported. The rules and numbers are
those of https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html.
"""

from itertools import pairwise
from typing import NamedTuple

from localaws.fast_aws.errors import AwsError, logs_error
from localaws.fast_aws.message import Json

MAX_EVENTS = 10_000
MAX_BYTES = 1_048_576
"""Sum of all messages in UTF-8 plus `EVENT_OVERHEAD_BYTES` for each event."""
EVENT_OVERHEAD_BYTES = 26
MAX_SPAN_MS = 24 * 3600 * 1000
"""Of the valid events of one batch."""
MAX_AGE_MS = 14 * 24 * 3600 * 1000
NEWEST_MS = 2 * 3600 * 1000


class Accepted(NamedTuple):
    events: list[tuple[int, str]]
    rejected: Json
    """The `rejectedLogEventsInfo` of the answer; empty when every event was taken."""


def accept(batch: list[Json], now_ms: int) -> Accepted:
    """The valid events of a batch. Raises: AwsError InvalidParameterException when the batch fails as a whole."""
    events = _events(batch)
    if any(later[0] < earlier[0] for earlier, later in pairwise(events)):
        raise invalid("Log events in a single PutLogEvents request must be in chronological order.")
    # In chronological order the too old ones come first and the too new ones last.
    oldest, newest = now_ms - MAX_AGE_MS, now_ms + NEWEST_MS
    first = next((i for i, event in enumerate(events) if event[0] >= oldest), len(events))
    end = next((i for i, event in enumerate(events) if event[0] > newest), len(events))
    rejected: Json = {}
    if first > 0:
        rejected["tooOldLogEventEndIndex"] = first  # exclusive
    if end < len(events):
        rejected["tooNewLogEventStartIndex"] = end  # inclusive
    valid = events[first:end]
    if valid and valid[-1][0] - valid[0][0] > MAX_SPAN_MS:
        raise invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
    return Accepted(valid, rejected)


def _events(batch: list[Json]) -> list[tuple[int, str]]:
    if not 1 <= len(batch) <= MAX_EVENTS:
        bound = "less than or equal to 10000" if batch else "greater than or equal to 1"
        raise invalid(
            f"1 validation error detected: Value at 'logEvents' failed to satisfy constraint: "
            f"Member must have length {bound}"
        )
    size = 0
    events: list[tuple[int, str]] = []
    for number, event in enumerate(batch, start=1):
        text = event.get("message")
        timestamp = event.get("timestamp")
        if not text or not isinstance(timestamp, int) or timestamp < 0:
            raise invalid(
                f"1 validation error detected: Value at 'logEvents.{number}' failed to satisfy constraint: "
                "it must have a timestamp of 0 or more and a message of at least one character"
            )
        size += EVENT_OVERHEAD_BYTES + (len(text) if text.isascii() else len(text.encode()))
        events.append((timestamp, text))
    if size > MAX_BYTES:
        raise invalid(f"Upload too large: {size} bytes exceeds limit of {MAX_BYTES}")
    return events


def invalid(message: str) -> AwsError:
    return logs_error("InvalidParameterException", message)
