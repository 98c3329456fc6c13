"""Which events go into the next PutLogEvents. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobqueue.cloudwatch.limits import BATCH_BYTES, BATCH_EVENTS, BATCH_SPAN_MS

if TYPE_CHECKING:
    from collections import deque

    from jobqueue.cloudwatch.records import Event


def take_batch(buffer: deque[Event], max_bytes: int = BATCH_BYTES) -> list[Event]:
    """Takes from the front what fits into one call of so many bytes, in chronological order; drops what is no longer open.

    Events of one job come with stamps that never go back, so that the stable sort keeps their order; only an overflow stream, which
    several jobs share, needs it.
    """
    batch: list[Event] = []
    bytes_left = max_bytes
    earliest = latest = None
    while buffer and len(batch) < BATCH_EVENTS:
        event = buffer[0]
        if event.open:
            earliest = event.stamp_ms if earliest is None else min(earliest, event.stamp_ms)
            latest = event.stamp_ms if latest is None else max(latest, event.stamp_ms)
            bytes_left -= event.size
            if bytes_left < 0 or latest - earliest >= BATCH_SPAN_MS:
                break
            batch.append(event)
        buffer.popleft()
    batch.sort(key=lambda event: event.stamp_ms)
    return batch
