"""Typed payloads of handlers: a dataclass, a TypedDict or a msgspec.Struct in place of the plain dictionary."""

from __future__ import annotations

from typing import Any

import msgspec

from jobqueue.messages.errors import Undecodable


def validated(data: object, kind: Any) -> Any:
    """`data` as a value of `kind`.

    Raises:
        Undecodable: it does not fit; the text names the place and what was expected.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise Undecodable("wrong_schema", f"data: {error}") from error
