"""Remembered steps of jobs: the port, its value, and the rules by which one is written. The rules are pure: doubles and adapters share them.

    absent -- end --> DONE                          a step that may run again
    absent -- begin --> BEGUN -- end --> DONE       one that may run at most once
      ^                   |
      +----- again -------+

The first result counts, whoever wrote it, and is never written over: an attempt that finds another's goes on with it, so that all that follows
is made of the same results. That needs no look at the job's lease: an attempt that lost it can only write what would have been remembered anyway.
A mark (BEGUN) is its writer's alone. A step that expired counts as absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from jobqueue.consumer.job_records import DAY_SECONDS, OPEN_DAYS, Keeping, Key

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = 1
"""Of the steps that are written here; a newer one is left alone."""

MAX_RESULT_BYTES = 300 * 1024
"""Of a result, as JSON. DynamoDB takes items of 400 KB (ServiceQuotas, "Item size")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStep:
    """One step as the table knows it. `result` is JSON text; None: it is not known to have ended. `mark`: who began it, of one that may run at most
    once. With neither it may begin again. `attempt` wrote it, `at` milliseconds since 1970."""

    key: Key
    name: str
    attempt: int
    at: int
    result: str | None = None
    mark: str = ""
    expires: int = 0
    version: int = VERSION

    @property
    def begun(self) -> bool:
        """And not known to have ended."""
        return self.result is None and self.mark != ""


class JobSteps(Protocol):
    """The port of remembered steps. Every method blocks for one call and may be called from any thread and repeated: what was written is found again.

    Each write gives the step as it stands then, which may be another's; None: there is none. Raises RecordsError where that is not known.
    """

    def read(self, key: Key) -> Sequence[JobStep]:
        """All steps of one stage of a job, as they are now."""
        ...

    def begin(self, step: JobStep) -> JobStep | None:
        """Before a step that may run at most once runs: `step` has a mark and no result."""
        ...

    def end(self, step: JobStep) -> JobStep | None:
        """With its result. One with a mark ends only what has the same."""
        ...

    def again(self, step: JobStep) -> JobStep | None:
        """It may begin again: what has `step`'s mark, and no result."""
        ...


def kept_seconds(keeping: Keeping) -> int:
    """How long a step is remembered from its write on: its job may run for a retention, lie dead for 14 days, and run for a retention again."""
    return 2 * keeping.retention_seconds + OPEN_DAYS * DAY_SECONDS


def living(current: JobStep | None, now_ms: int) -> JobStep | None:
    """None for one that expired."""
    return None if current is None or current.expires * 1000 <= now_ms else current


def may_begin(current: JobStep | None) -> bool:
    """The rule of `begin`."""
    return current is None or (current.result is None and not current.mark)


def may_end(current: JobStep | None, step: JobStep) -> bool:
    """The rule of `end`."""
    if step.mark:
        return current is not None and current.result is None and current.mark == step.mark
    return current is None or current.result is None


def may_begin_again(current: JobStep | None, step: JobStep) -> bool:
    """The rule of `again`."""
    return current is not None and current.begun and current.mark == step.mark
