"""How is a body read and written? Layer 1. Strict JSON (RFC 8259), objects only, no duplicate meaning for NaN or big numbers."""

from __future__ import annotations

from typing import Any, cast

import orjson

from jobqueue.messages.errors import Undecodable

JsonObject = dict[str, Any]


MOST_LEVELS = 200
"""How deep a trigger may nest (ours). orjson reads 1,024 levels and writes 254: what is deeper could never be handed on."""


def read_object(body: str, *, most_levels: int | None = None) -> JsonObject:
    """The JSON object in a body.

    Raises:
        Undecodable: not JSON, or JSON but not an object, or nested deeper than `most_levels`.
    """
    try:
        value = orjson.loads(body)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise Undecodable("malformed_json", str(error)) from error
    if not isinstance(value, dict):
        raise Undecodable("wrong_schema", f"the body must be a JSON object, not {_json_word(value)}")
    # Counting brackets is an upper bound that costs next to nothing; only what exceeds it is walked through.
    if most_levels is not None and body.count("{") + body.count("[") > most_levels and _levels(value) > most_levels:
        raise Undecodable("wrong_schema", f"the body nests deeper than {most_levels} levels")
    return cast("JsonObject", value)


def write_object(value: object) -> str:
    """JSON text of a value that we or a handler made, in characters that SQS carries (all of XML 1.0's).

    Raises:
        TypeError: it holds something that JSON has no word for: a set, an integer beyond 64 bits, half a surrogate pair.
    """
    text = orjson.dumps(value).decode()
    if text.isascii():
        return text
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


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
