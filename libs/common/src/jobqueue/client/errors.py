"""Errors of the client, by what their catcher does next. The text says what is wrong, and in a second line what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobqueue.client.triggers import Submitted


class JobClientError(Exception):
    """What is wrong, and what a person does next. Of a call that failed, the service's own error is the cause."""

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(what, next_step)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what}\nNext: {self.next_step}"


class InvalidRequestError(JobClientError):
    """Something to write differently: a job that no service would read or SQS would refuse, the id of another job, a name. Nothing was sent."""


class NotFoundError(JobClientError):
    """There is no such stack, queue, table or job; the text says where it was looked for."""


class NoRecordsError(NotFoundError):
    """What was asked for is known to job records alone, and the stack keeps none."""


class JobOverError(JobClientError):
    """It has ended, and cannot be cancelled any more."""


class NotEndedError(JobClientError):
    """It was waited for, and has not ended in time."""


class NotSubmittedError(JobClientError):
    """Some were not sent. `submitted`: those that were; `failed`: the ids of the others, which may be submitted again under the same ids."""

    def __init__(self, what: str, submitted: Sequence[Submitted], failed: Sequence[str]) -> None:
        super().__init__(what, "submit them again, under the same ids")
        self.submitted = submitted
        self.failed = failed
