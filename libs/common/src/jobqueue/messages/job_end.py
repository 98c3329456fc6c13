"""Ends of jobs, as the rest of a system hears of them. Immutable, any thread.

What an event says is a contract with programs that are not ours: docs/reference/job-event.schema.json.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from jobqueue.messages.json import JsonObject
from jobqueue.messages.lines import shortened

SOURCE = "jobqueue"
"""Of all our events."""

MAX_REASON_CHARACTERS = 1_000

EndStatus = Literal["completed", "dead", "cancelled"]


@dataclass(frozen=True, slots=True)
class JobEnd:
    """A job that is over. `job_type` is empty where its message could not be read, `stage` then too, but for a trigger's (`main`).

    `at_ms`: milliseconds since 1970. `seconds`: how long its handler ran; None where none did.
    """

    job_id: str
    correlation_id: str
    job_type: str
    stage: str
    status: EndStatus
    attempt: int
    at_ms: int
    seconds: float | None = None
    reason: str = ""

    @property
    def id(self) -> str:
        """The same for each event that says that this job came to this end."""
        return f"{self.job_id}/{self.stage or '-'}/{self.status}"

    @property
    def detail_type(self) -> str:
        """The event's detail-type."""
        return f"Job {self.status.capitalize()}"

    @property
    def time(self) -> str:
        """RFC 3339, in milliseconds."""
        return datetime.fromtimestamp(self.at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def detail(self, stack: str) -> JsonObject:
        """The event's detail. What is not known is left out."""
        known: JsonObject = {
            "id": self.id,
            "jobId": self.job_id,
            "correlationId": self.correlation_id,
            "jobType": self.job_type,
            "stage": self.stage,
            "status": self.status,
            "attempt": self.attempt,
            "endedAt": self.time,
            "stack": stack,
            "reason": shortened(self.reason, MAX_REASON_CHARACTERS),
        }
        found = {name: value for name, value in known.items() if value != ""}
        return found if self.seconds is None else {**found, "seconds": round(self.seconds, 3)}
