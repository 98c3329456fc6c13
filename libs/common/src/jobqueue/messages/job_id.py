"""Job ids: made anew, derived from a trigger that brings none, and checked when they come from outside.

A job id is a ULID (26 characters, Crockford base32, upper case: https://github.com/ulid/spec). Its first 48 bits are a time in
milliseconds, so the id alone tells the day in the name of its log stream.
"""

from __future__ import annotations

import os
import time
from _blake2 import blake2b  # what hashlib hands out; hashlib itself loads a second OpenSSL beside pycurl's, 4 MB
from datetime import UTC, datetime

from jobqueue.messages.errors import Undecodable

LENGTH = 26
EARLIEST_MS = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp() * 1000)
AHEAD_MS = 24 * 3600 * 1000
_ENCODE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALPHABET = frozenset(_ENCODE)
_TO_BASE_32 = str.maketrans(_ENCODE, "0123456789abcdefghijklmnopqrstuv")
"""To the digits that `int` knows."""


def new_job_id() -> str:
    """A fresh job id for what starts here (synthetic triggers, tools)."""
    return _ulid(time.time_ns() // 1_000_000, os.urandom(10))


def derive_job_id(queue: str, message_id: str, sent_ms: int) -> str:
    """The job id of a trigger that brings none: the same for every delivery of the same message.

    Time part: SQS's SentTimestamp in milliseconds. Random part: 80 bits of a hash of the queue's name and the MessageId.
    """
    chance = blake2b(f"{queue}\n{message_id}".encode(), digest_size=10).digest()
    return _ulid(sent_ms, chance)


def check_job_id(text: object, *, now_ms: int | None = None) -> str:
    """Gives back an id from outside when it can be trusted.

    Raises:
        Undecodable: not a ULID in upper case, or its time lies before 2020 or more than a day ahead.
    """
    if not isinstance(text, str) or len(text) != LENGTH or not _ALPHABET.issuperset(text):
        raise Undecodable("job_id", f"{_shown(text)} is not a ULID of {LENGTH} upper-case characters")
    made_ms = job_id_ms(text)
    if made_ms < EARLIEST_MS or made_ms > (now_ms if now_ms is not None else int(time.time() * 1000)) + AHEAD_MS:
        raise Undecodable("job_id", f"the time inside {text} lies before 2020 or more than a day ahead")
    return text


def job_id_ms(job_id: str) -> int:
    """The time part in milliseconds since 1970; up to 50 bits for an untrusted first character above 7."""
    return int(job_id[:10].translate(_TO_BASE_32), 32)


def first_job_id(ms: int) -> str:
    """The least of the ids that were made at that time."""
    return _ulid(max(0, ms), bytes(10))


def job_log_stream(job_id: str) -> str:
    """The name of the job's own log stream; the date is the id's, in UTC."""
    return f"job-streams/{datetime.fromtimestamp(job_id_ms(job_id) / 1000, UTC):%Y-%m-%d}/{job_id}"


def _ulid(ms: int, chance: bytes) -> str:
    value = ms << 80 | int.from_bytes(chance, "big")
    return "".join([_ENCODE[value >> shift & 31] for shift in range(125, -1, -5)])


def _shown(text: object) -> str:
    return repr(text)[:60]
