"""Remembered steps in memory, for tests: the rules of `consumer.job_steps`, under a lock."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

from jobqueue.consumer import job_steps
from jobqueue.consumer.job_records import Keeping, Key, RecordsError
from jobqueue.consumer.job_steps import JobStep
from jobqueue.testing.clock import Clock


class InMemoryJobSteps:
    """Implements `JobSteps`. Any thread. `calls` counts the calls, failing ones included.

    `fail` plans the failures of the next calls of an operation; True: it takes effect nevertheless, and its answer is lost.
    """

    def __init__(self, clock: Clock, keeping: Keeping) -> None:
        self.calls: Counter[str] = Counter()
        self.fail: dict[str, list[bool]] = {}
        self._clock = clock
        self._seconds = job_steps.kept_seconds(keeping)
        self._lock = Lock()
        self._steps: dict[tuple[Key, str], JobStep] = {}

    def results(self) -> Mapping[str, Any]:
        """What is remembered, by the steps' names; of all jobs."""
        with self._lock:
            steps = list(self._steps.values())
        return {step.name: json.loads(step.result) for step in steps if step.result is not None}

    def read(self, key: Key) -> Sequence[JobStep]:
        """See the port."""
        self._plan("read")
        now = self._clock.wall_ms()
        with self._lock:
            found = [step for step in self._steps.values() if step.key == key and job_steps.living(step, now)]
        return sorted(found, key=lambda step: step.name)

    def begin(self, step: JobStep) -> JobStep | None:
        """See the port."""
        return self._write("begin", step, job_steps.may_begin)

    def end(self, step: JobStep) -> JobStep | None:
        """See the port."""
        return self._write("end", step, lambda current: job_steps.may_end(current, step))

    def again(self, step: JobStep) -> JobStep | None:
        """See the port."""
        unmarked = replace(step, mark="", result=None)
        return self._write("again", unmarked, lambda current: job_steps.may_begin_again(current, step))

    def _write(self, operation: str, step: JobStep, may: Callable[[JobStep | None], bool]) -> JobStep | None:
        lost = self._plan(operation)
        place, now = (step.key, step.name), self._clock.wall_ms()
        with self._lock:
            current = job_steps.living(self._steps.get(place), now)
            if may(current):
                current = self._steps[place] = replace(step, expires=now // 1000 + self._seconds)
        if lost:
            raise RecordsError(f"{operation}: no answer", code="TimedOut")
        return current

    def _plan(self, operation: str) -> bool:
        """Whether the answer gets lost. Raises RecordsError where the call fails."""
        with self._lock:
            self.calls[operation] += 1
            plans = self.fail.get(operation)
            lost = plans.pop(0) if plans else None
        if lost is False:
            raise RecordsError(f"{operation}: not reached", code="EndpointConnectionError")
        return lost is True
