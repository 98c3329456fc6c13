"""How does a job's event become the text that CloudWatch keeps? Layer 3, pure, any thread.

One JSON object: the ids, `level`, `message`, `timestamp` (ISO 8601, UTC, milliseconds), then the caller's fields. A field that is not JSON
is written as its `repr`; NaN and infinities, which JSON lacks, are null. A field named like one of ours gets an underscore behind it.

An event larger than `EVENT_BYTES` is split visibly: up to `MOST_PARTS` events with `part`, `parts` and `piece`, a stretch of the event's
JSON text (joined in order they give it back); the last says in `cutBytes` what was beyond that.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import orjson

from jobqueue.cloudwatch.limits import EVENT_BYTES, EVENT_OVERHEAD_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

PIECE_BYTES = 480_000
"""Of the original text in one part. Quoted again inside JSON it at most doubles (quotes and backslashes), and ids are added."""

MOST_PARTS = 8
"""Some 3.8 MB of one event; all parts together fit into the smallest buffer."""

MOST_EVENT_NAME = 64
"""A split event keeps its `event` name in its first part, which alarms count, where it is no longer than this."""

_OURS = frozenset({"jobId", "jobType", "level", "message", "timestamp", "correlationId", "attempt", "traceId"})


class Piece(NamedTuple):
    """The text of one CloudWatch event, and what it counts in a batch."""

    text: str
    size: int


def encode(
    ids: Mapping[str, object], level: str, message: str, fields: Mapping[str, object] | None, stamp_ms: int
) -> list[Piece]:
    """One piece, or several where the event is too large for one. Never raises."""
    event = {**ids, "level": level, "message": message, "timestamp": _iso(stamp_ms)}
    if fields:
        if _OURS.isdisjoint(fields):
            event.update(fields)
        else:
            event.update((f"{name}_" if name in _OURS else name, value) for name, value in fields.items())
    try:
        text = orjson.dumps(event)
    except TypeError:
        text = _dump_slowly(event)
    if len(text) <= EVENT_BYTES:
        return [Piece(text.decode(), len(text) + EVENT_OVERHEAD_BYTES)]
    return _split(text, ids, event)


def _iso(stamp_ms: int) -> str:
    return datetime.fromtimestamp(stamp_ms / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _dump_slowly(event: Mapping[str, object]) -> bytes:
    """Field by field: what orjson refuses (sets, integers beyond 64 bits, lone surrogates, cycles) becomes text."""
    plain: dict[str, object] = {}
    for name, value in event.items():
        try:
            text = orjson.dumps(value, default=_shown, option=orjson.OPT_NON_STR_KEYS)
        except TypeError:
            text = orjson.dumps(_shown(value))
        plain[_printable(str(name))] = orjson.Fragment(text)
    return orjson.dumps(plain)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return _printable(value)
    try:
        return _printable(repr(value))
    except Exception as error:  # noqa: BLE001 (a stranger's __repr__ may raise anything, and a log must not fail its job)
        return f"<{type(value).__name__} whose repr raised {type(error).__name__}>"


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _split(text: bytes, ids: Mapping[str, object], event: Mapping[str, object]) -> list[Piece]:
    stretches: list[str] = []
    start = 0
    while start < len(text) and len(stretches) < MOST_PARTS:
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
        if number == 1 and isinstance(name, str) and len(name) <= MOST_EVENT_NAME:
            part["event"] = name
        if number == len(stretches) and start < len(text):
            part["cutBytes"] = len(text) - start
        try:
            raw = orjson.dumps(part)
        except TypeError:
            raw = _dump_slowly(part)
        pieces.append(Piece(raw.decode(), len(raw) + EVENT_OVERHEAD_BYTES))
    return pieces
