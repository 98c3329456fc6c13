"""Job logs that keep what was written, and confirm it when the test says so.

Confirmed at once by default. After `hold`, nothing is until the test calls `confirm`: so a test can act between a job's end and the delete of
its message. Methods may be called from any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from jobqueue.testing.recording import Recording

if TYPE_CHECKING:
    from jobqueue.messages.job import Job


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event of one job's log. `finish` is an event too: level `finish`, no message."""

    job_id: str
    attempt: int
    level: str
    message: str
    fields: Mapping[str, object] = field(default_factory=dict)


class RecordingJobLogs:
    """Implements `JobLogs`. `events` holds all that was written, by all jobs; `flushes` the budgets of the flushes, in seconds."""

    def __init__(self) -> None:
        self.events: Recording[LogEvent] = Recording()
        self.flushes: Recording[float] = Recording()
        self._lock = Lock()
        self._held = False
        self._waiting: list[tuple[str, Callable[[], None]]] = []

    def open(self, job: Job, attempt: int) -> RecordingJobLog:
        """See the port."""
        return RecordingJobLog(self, job.job_id, attempt)

    def flush(self, seconds: float) -> None:
        """See the port. What is held is given up, so its `then` is called, and nothing is held from now on."""
        with self._lock:
            self._held = False
        self.flushes.add(seconds)
        self.confirm()

    def hold(self) -> None:
        """From now on `finish` waits for `confirm`."""
        with self._lock:
            self._held = True

    def confirm(self, job_id: str | None = None) -> int:
        """Confirms the finished logs of one job, or of all; gives back how many. Calls their `then` in this thread."""
        with self._lock:
            due = [then for one, then in self._waiting if job_id in (None, one)]
            self._waiting = [(one, then) for one, then in self._waiting if job_id not in (None, one)]
        for then in due:
            then()
        return len(due)

    def messages(self, job_id: str) -> list[str]:
        """The messages of one job's log, all its attempts."""
        return [event.message for event in self.events.all() if event.job_id == job_id and event.level != "finish"]

    def _finished(self, job_id: str, attempt: int, then: Callable[[], None]) -> None:
        with self._lock:
            held = self._held
            if held:
                self._waiting.append((job_id, then))
        # After it waits, so that a test which saw the event can confirm it.
        self.events.add(LogEvent(job_id, attempt, "finish", ""))
        if not held:
            then()


class RecordingJobLog:
    """Implements `JobLog`: one attempt's. Made by `RecordingJobLogs.open`."""

    def __init__(self, logs: RecordingJobLogs, job_id: str, attempt: int) -> None:
        self._logs = logs
        self._job_id = job_id
        self._attempt = attempt

    def write(self, level: str, message: str, fields: Mapping[str, object] | None = None) -> None:
        """See the port."""
        self._logs.events.add(LogEvent(self._job_id, self._attempt, level, message, dict(fields or {})))

    def finish(self, then: Callable[[], None]) -> None:
        """See the port."""
        self._logs._finished(self._job_id, self._attempt, then)  # noqa: SLF001 (made by it, in one file)
