"""Log lines: fields as one line of JSON, always valid and bounded. Any thread.

What JSON cannot represent becomes its `repr`, NaN and the infinities null. In a line that would be too long, `cut` names the fields that were
shortened or left out; those that alarms and readers search for stay.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

MAX_LINE_BYTES = 250_000
"""CloudWatch's agents and Docker's awslogs driver cut an event at 256 KiB, its overhead of 26 bytes counted, wherever that is inside the JSON."""

MAX_FIELD_CHARACTERS = 10_000
"""Of one field of a line that has to be cut. Its JSON has up to six bytes a character: three such fields of ours always fit."""

MAX_NAME_CHARACTERS = 200

FIRST = ("timestamp", "level", "message", "logger", "service", "version", "jobId", "jobType", "correlationId", "traceId", "spanId", "attempt",
         "event", "outcome", "reason", "errorType", "error", "stack")  # fmt: skip
"""The last fields that a line would lose."""

_OPTIONS = orjson.OPT_NON_STR_KEYS


def line_of(fields: Mapping[str, object], *, max_bytes: int = MAX_LINE_BYTES) -> bytes:
    """A JSON object in UTF-8, without a line end, of at most `max_bytes` (100,000 or more). Raises nothing that a value's own code raises."""
    try:
        text = orjson.dumps(fields, default=shown, option=_OPTIONS)
    except TypeError:  # an integer beyond 64 bits, half a surrogate pair, a circle
        text = _joined({name: json_of(value) for name, value in fields.items()})
    return text if len(text) <= max_bytes else _cut(fields, max_bytes)


def json_of(value: object) -> bytes:
    """JSON of one value, or of its `repr`."""
    try:
        return orjson.dumps(value, default=shown, option=_OPTIONS)
    except TypeError:
        return orjson.dumps(shown(value))


def shown(value: object) -> str:
    """A value as text that JSON can hold."""
    try:
        text = value if isinstance(value, str) else repr(value)
        return text.encode("utf-8", "backslashreplace").decode()
    except BaseException as error:  # noqa: BLE001 (a stranger's `__repr__` may raise anything, and a log must not fail its job)
        return f"<{type(value).__name__} whose repr raised {type(error).__name__}>"


def shortened(text: str, max_characters: int) -> str:
    """A text without its middle where it is longer than `max_characters`: its beginning, its last quarter, and how much is missing between."""
    if len(text) <= max_characters:
        return text
    end = max_characters // 4
    return f"{text[: max_characters - end]}... ({len(text) - max_characters:,} more characters) ...{text[-end:]}"


def _joined(fields: Mapping[str, bytes]) -> bytes:
    return orjson.dumps({shown(str(name)): orjson.Fragment(text) for name, text in fields.items()})


def _cut(fields: Mapping[str, object], max_bytes: int) -> bytes:
    kept: dict[str, bytes] = {}
    cut: list[str] = []
    left = max_bytes - 1_000  # the braces, and the field `cut`
    for name in sorted(fields, key=lambda one: FIRST.index(one) if one in FIRST else len(FIRST)):
        text = json_of(fields[name])
        if len(text) > MAX_FIELD_CHARACTERS:
            value = fields[name]
            text = orjson.dumps(
                shortened(shown(value) if isinstance(value, str) else text.decode(), MAX_FIELD_CHARACTERS)
            )
            cut.append(str(name))
        size = len(text) + 6 * len(str(name)) + 4
        if size > left or len(str(name)) > MAX_NAME_CHARACTERS:
            cut.append(str(name))
            continue
        left -= size
        kept[name] = text
    kept["cut"] = orjson.dumps(shortened(shown(", ".join(dict.fromkeys(cut))[:1_000]), 100))
    return _joined(kept)
