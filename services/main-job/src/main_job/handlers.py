"""What the main job does with a trigger. Plain functions `(data, context)`; what they return is the background job's `context.main_job_result`.

`data` is the trigger's own `data`, or what the annotation names: it is validated before the handler runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jobqueue import Context


@dataclass(frozen=True)
class ApiCall:
    """The data of an `api_call` trigger."""

    userId: str  # noqa: N815 (as it stands in the message)
    action: str


def api_call(data: ApiCall, context: Context) -> dict[str, Any]:
    """Somebody called the API of an outside system."""
    return {"userId": data.userId, "action": data.action, "attempt": context.attempt}


def record(data: dict[str, Any], context: Context) -> dict[str, Any]:
    """Any other trigger: notes what came, by name and never by value."""
    return {"trigger": context.type, "fields": sorted(data)}
