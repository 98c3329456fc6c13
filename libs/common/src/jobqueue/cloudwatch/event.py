"""A job's event as the text that CloudWatch keeps. Pure, any thread.

One JSON object: the ids, `level`, `message`, `timestamp` (ISO 8601, UTC, milliseconds), then the caller's fields. A field that is not JSON
is written as its `repr`; NaN and infinities, which JSON lacks, are null. A field named like one of ours gets an underscore behind it.

An event larger than `MAX_EVENT_BYTES` is split visibly: up to `MAX_PARTS` events with `part`, `parts` and `piece`, a stretch of the event's
JSON text (joined in order they give it back); the last says in `cutBytes` what was beyond that.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jobqueue.cloudwatch.limits import MAX_EVENT_BYTES
from jobqueue.messages.lines import line_of

if TYPE_CHECKING:
    from collections.abc import Mapping

PIECE_BYTES = 480_000
"""Of the original text in one part. Quoted again inside JSON it at most doubles (quotes and backslashes), and ids are added."""

MAX_PARTS = 8
"""Some 3.8 MB of one event; all parts together fit into the smallest buffer."""

MAX_EVENT_NAME = 64
"""A split event keeps its `event` name in its first part, which alarms count, where it is no longer than this."""

_OURS = frozenset({"jobId", "jobType", "level", "message", "timestamp", "correlationId", "attempt", "traceId"})


def encode(
    ids: Mapping[str, object], level: str, message: str, fields: Mapping[str, object] | None, stamp_ms: int
) -> list[bytes]:
    """One text in UTF-8, or several where the event is too large for one. Never raises."""
    event = {**ids, "level": level, "message": message, "timestamp": _iso(stamp_ms)}
    if fields:
        if _OURS.isdisjoint(fields):
            event.update(fields)
        else:
            event.update((f"{name}_" if name in _OURS else name, value) for name, value in fields.items())
    text = line_of(event, max_bytes=sys.maxsize)
    if len(text) <= MAX_EVENT_BYTES:
        return [_alone(text)]
    return _split(text, ids, event)


def _alone(text: bytes) -> bytes:
    """A copy that takes no more memory than it shows: orjson's has room for the worst case, up to eight times its length, and at least 1 KiB."""
    return memoryview(text).tobytes()


def _iso(stamp_ms: int) -> str:
    return datetime.fromtimestamp(stamp_ms / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _split(text: bytes, ids: Mapping[str, object], event: Mapping[str, object]) -> list[bytes]:
    stretches: list[str] = []
    start = 0
    while start < len(text) and len(stretches) < MAX_PARTS:
        end = min(start + PIECE_BYTES, len(text))
        while end < len(text) and text[end] & 0xC0 == 0x80:  # not inside a UTF-8 character
            end -= 1
        stretches.append(text[start:end].decode())
        start = end
    pieces = []
    for number, stretch in enumerate(stretches, 1):
        part: dict[str, object] = {
            **ids,
            "level": event["level"],
            "message": f"part {number} of {len(stretches)} of an event of {len(text)} bytes",
            "timestamp": event["timestamp"],
            "part": number,
            "parts": len(stretches),
            "piece": stretch,
        }
        name = event.get("event")
        if number == 1 and isinstance(name, str) and len(name) <= MAX_EVENT_NAME:
            part["event"] = name
        if number == len(stretches) and start < len(text):
            part["cutBytes"] = len(text) - start
        pieces.append(_alone(line_of(part, max_bytes=sys.maxsize)))
    return pieces
