"""Planned failures of an in-memory queue's calls.

Failures are planned before the call and used up by it, in the order they were planned, so that a test states exactly what goes wrong.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from jobqueue.consumer.ports import Failure, QueueError, QueueRefused

Operation = Literal["receive", "delete", "change_visibility", "send", "put"]


@dataclass(frozen=True, slots=True)
class _Plan:
    error: QueueError | None = None
    took_effect: bool = False
    entries: tuple[Failure, ...] = ()


class Faults:
    """The failures that a test has planned for one queue, sender or bus. Owned by it; planned from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._plans: dict[Operation, deque[_Plan]] = {}

    def fail(
        self,
        operation: Operation,
        *,
        times: int = 1,
        code: str = "InternalError",
        refused: bool = False,
        took_effect: bool = False,
        unknown: bool = True,
    ) -> None:
        """The next `times` calls raise `QueueError`, or `QueueRefused` when `refused`; `unknown` as in the error.

        `took_effect` does the work first, like an answer that is lost on its way: the caller must not conclude that nothing happened.
        """
        kind = QueueRefused if refused else QueueError
        text = f"{operation} fails as planned ({code})"
        plans = [_Plan(kind(text, code=code, unknown=unknown), took_effect) for _ in range(times)]
        with self._lock:
            self._plans.setdefault(operation, deque()).extend(plans)

    def fail_entries(
        self, operation: Operation, *indexes: int, code: str = "InternalError", gone: bool = False
    ) -> None:
        """The next call leaves these entries alone and names them as failed. An index beyond the call's entries means nothing."""
        entries = tuple(Failure(index, code, f"{operation} fails as planned", gone) for index in indexes)
        with self._lock:
            self._plans.setdefault(operation, deque()).append(_Plan(entries=entries))

    def next(self, operation: Operation) -> Planned:
        """Uses up one call's plan. Called by the doubles.

        Raises:
            QueueError: planned, without effect.
        """
        with self._lock:
            plans = self._plans.get(operation)
            plan = plans.popleft() if plans else _Plan()
        if plan.error is not None and not plan.took_effect:
            raise plan.error
        return Planned(plan.error, {entry.index: entry for entry in plan.entries})


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan of one call: fail these `entries`, and raise `after` once it took effect."""

    after: QueueError | None
    entries: dict[int, Failure]

    def finish(self) -> None:
        """Called at the end of the call.

        Raises:
            QueueError: planned, and the call took effect.
        """
        if self.after is not None:
            raise self.after
