"""Unique keys: the port, and the rule by which a job has one. Pure, shared by doubles and adapters.

A key is held by one job of a type: by the first that claims it, until the job is over or its time has passed, whatever comes first. Nobody has to
give it back: whoever claims it next reads in the record of the job that has it whether that is over. So no end of a job, by a worker, a cancel or
a person, can leave a key behind, and none can take it from the one who has it by then.

A job without a record holds its key until its time has passed: it is about to be queued, or its sender died. It may claim again under its id.
"""

from __future__ import annotations

from _blake2 import blake2b  # see messages.job_id
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from jobqueue.consumer.job_records import JobRecord

MAX_NAME_BYTES = 128
"""Of a key as it is stored; a longer one is a digest there. The item stays below 1 KB, by which each write is billed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A job that wants to be the only one of its type with this key, for at most `seconds`; None: as long as its queue keeps a message."""

    job_id: str
    type: str
    key: str
    seconds: int | None = None

    @property
    def name(self) -> str:
        """The key as it is stored."""
        encoded = self.key.encode()
        return self.key if len(encoded) <= MAX_NAME_BYTES else f"#{blake2b(encoded, digest_size=32).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Holding:
    """A key that was claimed. `at`: milliseconds since 1970; `expires`: seconds."""

    job_id: str
    at: int
    expires: int


class UniqueKeys(Protocol):
    """The port of unique keys. Every method blocks for one call, rarely for some more, and may be repeated; any thread.

    Each raises RecordsError where it is not known whether it took effect.
    """

    def claim(self, claim: Claim) -> str:
        """The id of the job that has the key now: the claim's own, or that of a job that is not over."""
        ...

    def release(self, claim: Claim) -> None:
        """Of a job that will not be queued after all. Passes over a key that another has by now, and over a job that has a record: it was queued."""
        ...


def claimed(
    current: Holding | None, claim: Claim, holder: JobRecord | None, now_ms: int, retention_seconds: int
) -> Holding | str:
    """What to write, so that the claim has the key; or the id of the job that has it. `holder` is the record of the one of `current`."""
    if current is not None and current.expires * 1000 > now_ms:
        over = current.job_id != claim.job_id and holder is not None and holder.status.over
        if not over:
            return current.job_id
    return Holding(claim.job_id, now_ms, now_ms // 1000 + (claim.seconds or retention_seconds))
