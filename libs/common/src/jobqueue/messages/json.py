"""JSON bodies, read and written. Strict (RFC 8259), objects only; integers keep every digit, and what has no exact JSON is refused."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, cast

import msgspec
import orjson

from jobqueue.messages.errors import Undecodable

JsonObject = dict[str, Any]


MAX_LEVELS = 200
"""How deep a trigger may nest (ours). msgspec reads about 900 levels and orjson writes 254: a handler could not hand on what is deeper."""

MAX_WRITTEN_LEVELS = 254
"""How deep orjson writes."""


def read_object(body: str, *, max_levels: int | None = None) -> JsonObject:
    """The JSON object in a body. Of a name that comes twice the last one counts.

    msgspec, because orjson reads an integer beyond 64 bits as a float; both take the same time.

    Raises:
        Undecodable: not JSON, or JSON but not an object, or nested deeper than `max_levels`.
    """
    try:
        value = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as error:
        raise Undecodable("malformed_json", _why(body, error)) from error
    if not isinstance(value, dict):
        raise Undecodable("wrong_schema", f"the body must be a JSON object, not {_json_word(value)}")
    # Counting brackets is an upper bound that costs next to nothing; only what exceeds it is walked through.
    if max_levels is not None and body.count("{") + body.count("[") > max_levels and _levels(value) > max_levels:
        raise Undecodable("wrong_schema", f"the body nests deeper than {max_levels} levels")
    return cast("JsonObject", value)


def _why(body: str, error: Exception) -> str:
    """orjson names the line and the column."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as detailed:
        return str(detailed)
    return str(error)


def write_object(value: object) -> str:
    """JSON text of a value that we or a handler made, in characters that SQS carries (all of XML 1.0's).

    Raises:
        TypeError: it holds something that JSON cannot represent exactly: a set, NaN, a name that is not text, half a surrogate pair. The text says
            where.
    """
    try:
        text = orjson.dumps(value).decode()
    except TypeError:  # whatever it was; or an integer beyond 64 bits, which is none
        check_json(value)
        text = msgspec.json.encode(value).decode()
    else:
        if "null" in text:  # what orjson makes of NaN and the infinities
            check_json(value)
    if text.isascii():
        return text
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def check_json(value: object, place: str = "$", levels: int = 1) -> None:
    """Looks at each value inside; slow.

    Raises:
        TypeError: names the place of the first value that JSON cannot represent exactly.
    """
    if levels > MAX_WRITTEN_LEVELS:
        raise TypeError(f"it nests deeper than {MAX_WRITTEN_LEVELS} levels, or holds itself")
    if isinstance(value, float) and not math.isfinite(value):
        raise TypeError(f"{place} is {value}, which JSON cannot represent")
    if isinstance(value, dict):
        for name, inner in value.items():
            if not isinstance(name, str):
                raise TypeError(f"{place} has the name {name!r:.60}, which is {_kind(name)}: names must be text")
            check_json(name, f"a name in {place}", levels)
            check_json(inner, f"{place}.{name:.60}", levels + 1)
    elif isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        for number, inner in enumerate(value):
            check_json(inner, f"{place}[{number}]", levels + 1)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            check_json(getattr(value, field.name, None), f"{place}.{field.name}", levels + 1)
    elif not isinstance(value, int):
        try:
            orjson.dumps(value)
        except TypeError as error:
            why = "holds half a surrogate pair" if isinstance(value, str) else f"is {_kind(value)}: not JSON"
            raise TypeError(f"{place} {why}") from error


def _kind(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def field_of(body: JsonObject, name: str, kind: type, *, required: bool = False) -> Any:
    """A field of a body, or None where it is absent or null and not required.

    Raises:
        Undecodable: it has another type, or is required and absent.
    """
    value = body.get(name)
    if value is None:
        if required:
            raise Undecodable("wrong_schema", f"{name} is required")
        return None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Undecodable("wrong_schema", f"{name} must be {_word(kind)}, not {_json_word(value)}")
    return value


def _word(kind: type) -> str:
    return {str: "a string", bool: "true or false", dict: "an object", int: "a whole number"}[kind]


def _json_word(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    return "a string" if isinstance(value, str) else "an array" if isinstance(value, list) else "an object"


def _levels(value: object) -> int:
    levels, row = 0, [value]
    while row := [one for one in row if isinstance(one, dict | list)]:
        levels += 1
        row = [inner for one in row for inner in (one.values() if isinstance(one, dict) else one)]
    return levels
