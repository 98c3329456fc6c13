"""Stored messages of SQS: what a send is checked for, and a message's size and digests.

The rules and numbers are those of
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html and
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html.
"""

import base64
import binascii
import hashlib
import os
import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, TypeAlias

from localaws.fast_aws.errors import invalid_parameter, missing_parameter, sqs_error

Json: TypeAlias = dict[str, Any]

MAX_ATTRIBUTES = 10
"""Message attributes of one message (sqs-message-metadata)."""

MAX_BATCH_BYTES = 1_048_576
"""1 MiB: bodies and message attributes of one SendMessageBatch together (API_SendMessageBatch)."""

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"(?!(?i:aws\.|amazon\.))(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)")


class Place(Enum):
    VISIBLE = "visible"
    IN_FLIGHT = "in_flight"
    DELAYED = "delayed"
    GONE = "gone"


@dataclass(slots=True, eq=False)
class Message:
    """One stored message. One queue at a time owns it, and alone changes the fields below the blank line."""

    serial: int
    message_id: str
    body: str
    body_md5: str
    attributes: Json
    attributes_md5: str | None
    system: dict[str, str]
    """System attributes that do not change with a receive."""

    place: Place = Place.GONE
    due: float = 0.0
    """Monotonic seconds at which an in-flight or delayed message becomes visible."""
    receive_count: int = 0
    received_at: float = 0.0
    first_received_ms: int = 0


@dataclass(slots=True, frozen=True)
class Draft:
    """What a send asks for, checked; `size` in bytes counts body and attributes, as SQS does."""

    body: str
    body_md5: str
    attributes: Json
    attributes_md5: str | None
    system: dict[str, str]
    system_md5: str | None
    size: int


def has_illegal_characters(text: str) -> bool:
    # isprintable is many times faster than the expression and true for almost every JSON body.
    return not text.isprintable() and _ILLEGAL.search(text) is not None


def new_message_id() -> str:
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def md5_hex(raw: bytes) -> str:
    return hashlib.md5(raw, usedforsecurity=False).hexdigest()


def draft(entry: Json) -> Draft:
    """Check one message of a send.

    Raises: AwsError, with the code SQS answers, whole request or entry alike.
    """
    body = entry.get("MessageBody")
    if not body:
        raise missing_parameter("MessageBody")
    if has_illegal_characters(body):
        raise sqs_error("InvalidMessageContents", "Invalid characters found in the message body.")
    raw = body.encode()
    size = len(raw)
    attributes = entry.get("MessageAttributes") or {}
    attributes_md5 = None
    if attributes:
        attributes_size, attributes_md5 = _digest(attributes)
        size += attributes_size
    system, system_md5 = _system(entry)
    return Draft(body, md5_hex(raw), attributes, attributes_md5, system, system_md5, size)


def _system(entry: Json) -> tuple[dict[str, str], str | None]:
    system: dict[str, str] = {}
    system_md5 = None
    sent = entry.get("MessageSystemAttributes")
    if sent:
        if set(sent) != {"AWSTraceHeader"} or sent["AWSTraceHeader"].get("DataType") != "String":
            raise invalid_parameter("Message system attribute must be AWSTraceHeader of type String.")
        # The size of a system attribute does not count towards the message's (API_SendMessage).
        _, system_md5 = _digest(sent)
        system["AWSTraceHeader"] = sent["AWSTraceHeader"]["StringValue"]
    if entry.get("MessageGroupId"):
        system["MessageGroupId"] = entry["MessageGroupId"]
    return system, system_md5


def attributes_md5(attributes: Json) -> str:
    """The digest over a part of a message's attributes, as a receive with a filter returns it."""
    return _digest(attributes)[1]


def _digest(attributes: Json) -> tuple[int, str]:
    if len(attributes) > MAX_ATTRIBUTES:
        raise invalid_parameter(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{MAX_ATTRIBUTES}]."
        )
    parts: list[bytes] = []
    size = 0
    for name in sorted(attributes):
        value = attributes[name]
        kind = value.get("DataType") or ""
        label, label_size = _label(name, kind)
        raw = _value(name, kind, value)
        size += label_size + len(raw)
        parts += (label, len(raw).to_bytes(4, "big"), raw)
    return size, md5_hex(b"".join(parts))


def _value(name: str, kind: str, value: Json) -> bytes:
    if kind.startswith("Binary"):
        try:
            raw = base64.b64decode(value.get("BinaryValue") or "", validate=True)
        except binascii.Error:
            raw = b""
    else:
        text = value.get("StringValue") or ""
        if has_illegal_characters(text):
            raise invalid_parameter(f"Invalid characters found in message attribute '{name}'.")
        if kind.startswith("Number") and text and not _is_number(text):
            raise invalid_parameter(f"Can't cast the value of message (user) attribute '{name}' to a number.")
        raw = text.encode()
    if not raw:
        logical = kind.split(".", 1)[0]
        raise invalid_parameter(
            f"Message (user) attribute '{name}' must contain a non-empty value of type '{logical}'."
        )
    return raw


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def _label(name: str, kind: str) -> tuple[bytes, int]:
    """What the digest takes of an attribute besides its value, and the bytes that count towards the size."""
    if not _NAME.fullmatch(name):
        raise invalid_parameter(f"The message attribute name '{name}' is invalid.")
    logical = kind.split(".", 1)[0]
    if logical not in ("String", "Number", "Binary") or has_illegal_characters(kind):
        raise invalid_parameter(f"The type of message (user) attribute '{name}' is invalid.")
    name_raw, kind_raw = name.encode(), kind.encode()
    parts = (
        len(name_raw).to_bytes(4, "big"),
        name_raw,
        len(kind_raw).to_bytes(4, "big"),
        kind_raw,
        b"\x02" if logical == "Binary" else b"\x01",
    )
    return b"".join(parts), len(name_raw) + len(kind_raw)


def check_size(size: int, limit: int) -> None:
    """Raises: AwsError when a queue whose MaximumMessageSize is `limit` refuses a message of `size` bytes."""
    if size > limit:
        raise invalid_parameter(
            f"One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
        )


def check_batch_size(size: int) -> None:
    """Raises: AwsError BatchRequestTooLong."""
    if size > MAX_BATCH_BYTES:
        raise sqs_error(
            "BatchRequestTooLong",
            f"Batch requests cannot be longer than {MAX_BATCH_BYTES} bytes. You have sent {size} bytes.",
        )
