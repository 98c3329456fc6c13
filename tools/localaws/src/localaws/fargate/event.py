"""Container events, read from the output of `docker events`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from localaws.fargate.labels import CONTAINER, TASK


class Happened(Enum):
    """Kinds of events that a task acts on."""

    STARTED = "start"
    ENDED = "die"
    HEALTHY = "health_status: healthy"
    UNHEALTHY = "health_status: unhealthy"


@dataclass(frozen=True)
class Event:
    """One moment of one container."""

    task_id: str
    container: str
    container_id: str
    happened: Happened
    at: float
    """Seconds since 1970, by the engine's clock."""
    exit_code: int | None = None


def read_event(line: str) -> Event | None:
    """From a line of `docker events --format {{json .}}`; None for what no task acts on."""
    said: dict[str, Any] = json.loads(line)
    labels = said["Actor"]["Attributes"]
    try:
        happened = Happened(said["Action"])
        task_id, container = labels[TASK], labels[CONTAINER]
    except (KeyError, ValueError):
        return None
    code = int(labels["exitCode"]) if happened is Happened.ENDED else None
    return Event(task_id, container, said["Actor"]["ID"], happened, said["timeNano"] / 1e9, code)
