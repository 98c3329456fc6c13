"""The stream for the events of jobs that get no stream of their own.

One for each task and UTC day, `job-streams-overflow/YYYY-MM-DD/{task}`, in the same group. Every event carries its job's id, so that the
filter `{ $.jobId = "01..." }` over the group finds the whole log. Several jobs share its calls.
"""

from __future__ import annotations

from datetime import UTC, datetime

from jobqueue.cloudwatch.limits import MAX_STREAM_NAME_CHARACTERS

PREFIX = "job-streams-overflow"

OVERFLOW_LINGER_SECONDS = 0.25
"""How long events wait for those of other jobs: four calls a second for a task however many jobs overflow."""

_FORBIDDEN = str.maketrans({":": "-", "*": "-"})


def overflow_stream(task: str, wall_ms: int) -> str:
    """The name of a day's stream. `task` tells the tasks apart: the ECS task id, or the host's name and process id elsewhere."""
    if not task:
        raise ValueError("the overflow stream needs a task's name")
    day = datetime.fromtimestamp(wall_ms / 1000, UTC)
    return f"{PREFIX}/{day:%Y-%m-%d}/{task.translate(_FORBIDDEN)}"[:MAX_STREAM_NAME_CHARACTERS]
