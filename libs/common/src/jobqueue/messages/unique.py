"""Unique keys of jobs: jobs of one type with the same key are the same job, while the first of them holds it. Pure, any thread."""

from __future__ import annotations

from dataclasses import dataclass

from jobqueue.messages.characters import fault_of
from jobqueue.messages.errors import Undecodable

MAX_KEY_CHARACTERS = 1_024
MAX_SECONDS = 14 * 86_400
"""SQS's longest retention. The record of a job outlasts its key by days, whatever becomes of it."""


@dataclass(frozen=True, slots=True)
class Unique:
    """What a job is unique by. `seconds`: how long it holds the key at most; None: as long as its queue keeps a message."""

    key: str
    seconds: int | None = None


def unique_of(key: object, seconds: object) -> Unique | None:
    """Checks what came from outside, in whatever form; None where neither is given.

    Raises:
        Undecodable: says which of them is wrong (`wrong_schema`).
    """
    if key is None and seconds is None:
        return None
    if not isinstance(key, str) or not key:
        without = "uniqueSeconds needs a uniqueKey" if key is None else "uniqueKey must be a non-empty string"
        raise Undecodable("wrong_schema", without)
    if len(key) > MAX_KEY_CHARACTERS:
        raise Undecodable(
            "wrong_schema", f"uniqueKey has {len(key)} characters; at most {MAX_KEY_CHARACTERS} are allowed"
        )
    if (fault := fault_of(key)) is not None:
        raise Undecodable("wrong_schema", f"uniqueKey has {fault}")
    if seconds is None:
        return Unique(key)
    if type(seconds) is not int or not 1 <= seconds <= MAX_SECONDS:
        raise Undecodable(
            "wrong_schema", f"uniqueSeconds must be a whole number from 1 to {MAX_SECONDS}, not {seconds!r:.60}"
        )
    return Unique(key, seconds)
