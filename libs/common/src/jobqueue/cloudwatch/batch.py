"""Which events go into the next PutLogEvents? Layer 3, pure: the caller holds the lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from jobqueue.cloudwatch.limits import BATCH_BYTES, BATCH_EVENTS, BATCH_SPAN_MS

if TYPE_CHECKING:
    from collections import deque


class Stamped(Protocol):
    """What a batch needs to know of an event: when it happened and what it counts (its bytes and the overhead)."""

    @property
    def stamp_ms(self) -> int:
        """Milliseconds since 1970."""
        ...

    @property
    def size(self) -> int:
        """At most `BATCH_BYTES`."""
        ...


AnyEvent = TypeVar("AnyEvent", bound=Stamped)


def take_batch(buffer: deque[AnyEvent]) -> list[AnyEvent]:
    """Takes from the front what fits into one call, in chronological order; at least one event where there is one.

    Events of one job come with stamps that never go back, so that the stable sort keeps their order; only an overflow stream, which
    several jobs share, needs it.
    """
    batch: list[AnyEvent] = []
    bytes_left = BATCH_BYTES
    earliest = latest = buffer[0].stamp_ms if buffer else 0
    while buffer and len(batch) < BATCH_EVENTS:
        event = buffer[0]
        earliest, latest = min(earliest, event.stamp_ms), max(latest, event.stamp_ms)
        bytes_left -= event.size
        if bytes_left < 0 or latest - earliest >= BATCH_SPAN_MS:
            break
        batch.append(buffer.popleft())
    batch.sort(key=lambda event: event.stamp_ms)
    return batch
