"""What each background job does. Plain functions `(data, context)`.

`data` is the trigger's `data`, or what `context.send_job` was given; it is what the annotation names, validated before the handler runs.
`context.original_trigger` and `context.main_job_result` hold the rest. A job may run more than once: `context.job_id` is its idempotency key.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Literal

from jobqueue import Context, RejectJob, RetryJob


def process_main_job(data: dict[str, Any], context: Context) -> None:
    """The default job: takes up what the main job found."""
    result = context.main_job_result or {}
    context.log.info("processing the main job's result", fields=sorted(result))
    context.complete(fields=len(result))


@dataclass(frozen=True)
class Simulation:
    """What a simulated job should do: work for `seconds` in `steps`, then end as told. For demos, load tests and rehearsals.

    `remembered`: a later attempt does not take the steps again that an earlier one took, where there are job records. `jobs`: before it completes it
    queues so many simulated jobs as a batch, which needs job records, and one more that logs what became of them; that one finds it in `batch`.
    """

    seconds: float = 0.0
    steps: int = 1
    remembered: bool = False
    jobs: int = 0
    batch: dict[str, Any] = field(default_factory=dict)
    end: Literal["complete", "fail", "fail_once", "retry_once", "reject"] = "complete"


def simulate(wish: Simulation, context: Context) -> None:
    """Does nothing, in the way that it is told to."""

    def take(step: int) -> None:
        time.sleep(wish.seconds / wish.steps)
        context.log.progress(step, wish.steps)

    for step in range(1, wish.steps + 1):
        if wish.remembered:
            context.step(f"step {step}", take, step)
        else:
            take(step)
        if context.stopping:
            raise RetryJob("the worker drains: another one takes over", after_seconds=0)
    if wish.end == "reject":
        raise RejectJob("simulated", "told to be rejected")
    if wish.end == "retry_once" and context.attempt == 1:
        raise RetryJob("told to ask for another attempt", after_seconds=1)
    if wish.end == "fail" or (wish.end == "fail_once" and context.attempt == 1):
        raise RuntimeError("told to fail")
    if wish.jobs:
        each = {"seconds": wish.seconds, "steps": wish.steps}
        context.batch(
            [("simulate", each, str(number)) for number in range(wish.jobs)], then=("simulate", {}), key="jobs"
        )
    if wish.batch:
        context.log.info("the batch is over", **wish.batch)
    context.complete(steps=wish.steps)
