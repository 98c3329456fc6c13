"""Events of one PutLogEvents call, within the limits of the API.

Limits from https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html; a line that is longer than an event may be is
split as Docker's awslogs driver does it, at 256 KiB, which was the limit before it became 1 MiB, and never inside a character.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

    from localaws.log_forward.lines import Line

MAX_EVENTS = 100
"""The API takes 10,000; fewer make calls small, and nobody waits for them."""
MAX_BYTES = 1_048_576
EVENT_BYTES = 26
"""What each event counts beside its UTF-8 text."""
MAX_EVENT_BYTES = 262_144
MAX_SPAN_MILLISECONDS = 24 * 3_600_000 - 1
"""From a call's first event to its last: not more than 24 hours."""
_CONTINUES = 0b1000_0000


class Batch:
    """Owns the events of the next call."""

    def __init__(self) -> None:
        self._events: list[tuple[int, str]] = []
        self._bytes = 0
        self._first = self._last = 0

    def __len__(self) -> int:
        return len(self._events)

    def is_full(self) -> bool:
        """Whether no further event fits, however short."""
        return len(self._events) >= MAX_EVENTS

    def add(self, milliseconds: int, message: str) -> bool:
        """Add an event; False where it does not fit into the same call."""
        size = EVENT_BYTES + len(message.encode())
        first, last = milliseconds, milliseconds
        if self._events:
            first, last = min(first, self._first), max(last, self._last)
            if self.is_full() or self._bytes + size > MAX_BYTES or last - first > MAX_SPAN_MILLISECONDS:
                return False
        self._events.append((milliseconds, message))
        self._bytes += size
        self._first, self._last = first, last
        return True

    def events(self) -> list[InputLogEventTypeDef]:
        """The events in order of time, as the API demands; equal times keep their order."""
        ordered = sorted(self._events, key=lambda event: event[0])
        return [{"timestamp": milliseconds, "message": message} for milliseconds, message in ordered]


def messages_of(line: Line) -> Iterator[str]:
    """Messages of a line: none of an empty one (an event has at least one byte), several of a very long one."""
    left = line.text.encode()
    while left:
        cut = min(len(left), MAX_EVENT_BYTES - EVENT_BYTES)
        while cut < len(left) and left[cut] & 0b1100_0000 == _CONTINUES:
            cut -= 1
        yield left[:cut].decode()
        left = left[cut:]
