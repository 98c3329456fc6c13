"""Attributes beyond SQS's ten of one message, together in one: as JSON, in the attribute named `SURPLUS`. Any thread.

A dead letter has attributes of the runtime beside the original's, and a redriven message has its ids: what does not fit is neither
lost nor a reason to keep the message where it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobqueue.messages.delivery import Attribute

SURPLUS = "deadLetterOriginalAttributes"


class _Packed(msgspec.Struct, omit_defaults=True):
    """One attribute; `base64` is what a binary one looks like there."""

    kind: str
    value: str = ""
    base64: bytes = b""


def pack(attributes: Mapping[str, Attribute]) -> str:
    """The value of the attribute."""
    return msgspec.json.encode({name: _packed(value) for name, value in attributes.items()}).decode()


def unpack(value: str | bytes) -> dict[str, tuple[str | bytes, str]]:
    """Value and kind of each attribute inside; none of a surplus that is not valid."""
    try:
        packed = msgspec.json.decode(value, type=dict[str, _Packed])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):  # the last: for thousands of levels
        return {}
    return {name: (one.base64 or one.value, one.kind) for name, one in packed.items() if one.base64 or one.value}


def _packed(attribute: Attribute) -> _Packed:
    if isinstance(attribute.value, bytes):
        return _Packed(attribute.kind, base64=attribute.value)
    return _Packed(attribute.kind, attribute.value)
