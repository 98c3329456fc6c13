"""The triggers that the demo sends: the documentation's two examples first, then simulated jobs, failures and malformed bodies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice

from devkit.demo.options import Options
from jobqueue.messages.job import stated_fields

EXAMPLES = (
    '{"trigger":"test","timestamp":"2026-01-01T00:00:00.000Z","triggerBackgroundJob":true}',
    (
        '{"trigger":"api_call","timestamp":"2026-01-01T00:00:00.000Z","triggerBackgroundJob":true,'
        '"data":{"userId":"test123","action":"process_data"}}'
    ),
)
MAX_SHOWN = 20
"""Of a run that is looked at trigger by trigger."""
POISON = '{"trigger": "cut off in the mid'


@dataclass(frozen=True, slots=True)
class PlannedTrigger:
    """A body, and a short text for people. `chosen_id`: the demo gives it a job id (as an attribute: the body stays as it is)."""

    body: str
    what: str
    chosen_id: bool = True
    wants_job: bool = True


def planned_triggers(options: Options) -> list[PlannedTrigger]:
    """In the order of sending: jobs that are tried again take longest and come early. In a short run there is one
    that makes a batch, and a unique one comes twice: under load the first may be over by the time the second is looked at."""
    good = options.count - options.fail - options.poison
    examples = [_from_line(body, chosen_id=False) for body in EXAMPLES]
    retried = _simulated("fail_once", "simulate fail_once", seconds=0.3, steps=3, remembered=True)
    unique = _simulated("complete", "simulate, unique", seconds=0.5, steps=1, unique_key="order-17")
    batch = _simulated("complete", "simulate, a batch", seconds=0.1, steps=1, jobs=3)
    short = [batch, unique, replace(unique, what="the same, again")] if good <= MAX_SHOWN else []
    first = [*examples, retried, *short][:good]
    failing = [_simulated("fail", "simulate fail", seconds=0.05, steps=1)] * options.fail
    poison = [PlannedTrigger(POISON, "malformed")] * options.poison
    ordinary = [*examples, _simulated("complete", "simulate", seconds=0.1, steps=2)]
    rest = list(islice(cycle(ordinary), good - len(first)))
    return [*first, *failing, *poison, *rest, *from_lines(options.lines)]


def from_lines(lines: Sequence[str]) -> list[PlannedTrigger]:
    """Triggers from lines of a file, sent unchanged."""
    return [_from_line(line) for line in lines]


def _from_line(line: str, *, chosen_id: bool = True) -> PlannedTrigger:
    """Where the body names a job id, that one is used; without any and without a correlation id, the runtime's own, derived one will do."""
    body = stated_fields(line)
    if not isinstance(body.get("trigger"), str):
        return PlannedTrigger(line, "malformed")
    return PlannedTrigger(
        line,
        what=body["trigger"][:20],
        chosen_id=chosen_id and body.get("jobId") is None,
        wants_job=body.get("triggerBackgroundJob") is not False,
    )


def stated_job_id(body: str) -> str:
    """The job id that a body names, or an empty string."""
    stated = stated_fields(body).get("jobId")
    return stated if isinstance(stated, str) else ""


def _simulated(
    end: str, what: str, *, seconds: float, steps: int, remembered: bool = False, jobs: int = 0, unique_key: str = ""
) -> PlannedTrigger:
    wish = {"seconds": seconds, "steps": steps, "remembered": remembered, "jobs": jobs, "end": end}
    unique = {"uniqueKey": unique_key} if unique_key else {}
    return PlannedTrigger(json.dumps({"trigger": "demo", "jobType": "simulate", **unique, "data": wish}), what)
