"""Where do the events go of jobs that get no stream of their own? Layer 3, passive, under the shipper's lock.

One stream for each task and UTC day, `job-streams-overflow/YYYY-MM-DD/{task}`, in the same group. Every event carries its job's id, so
that the filter `{ $.jobId = "01..." }` over the group finds the whole log. Several jobs share its calls.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jobqueue.cloudwatch.limits import STREAM_NAME_CHARACTERS
from jobqueue.cloudwatch.stream import Stream

if TYPE_CHECKING:
    from jobqueue.consumer.clock import Clock

PREFIX = "job-streams-overflow"

OVERFLOW_LINGER_SECONDS = 0.25
"""How long events wait for those of other jobs: four calls a second for a task however many jobs overflow."""

_FORBIDDEN = str.maketrans({":": "-", "*": "-"})


class Overflow:
    """`task` tells the tasks apart: the ECS task id, or the host's name and process id elsewhere."""

    def __init__(self, task: str, clock: Clock) -> None:
        if not task:
            raise ValueError("the overflow stream needs a task's name")
        self._task = task.translate(_FORBIDDEN)
        self._clock = clock
        self._today: Stream | None = None

    def stream(self) -> Stream:
        """Today's."""
        day = datetime.fromtimestamp(self._clock.wall_ms() / 1000, UTC)
        name = f"{PREFIX}/{day:%Y-%m-%d}/{self._task}"[:STREAM_NAME_CHARACTERS]
        if self._today is None or self._today.name != name:
            self._today = Stream(name, None, exists=False)
        return self._today
