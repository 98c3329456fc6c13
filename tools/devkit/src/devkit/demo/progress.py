"""Progress of the triggers, read from the received spans: asking the local AWS would slow it down.

Used for display and pace only; the outcome of each trigger is read from CloudWatch Logs and the dead-letter queues.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from devkit.demo.fates import SentTrigger
from jobctl.queries.span import Span
from jobqueue.telemetry import names


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of triggers. `begun`: the background job ran at least once, or the trigger is finished. `again`: attempts beyond the first."""

    planned: int
    sent: int
    begun: int
    completed: int
    dead: int
    again: int

    @property
    def finished(self) -> int:
        """Triggers that need no more work."""
        return self.completed + self.dead


def progress_of(planned: int, sent: Sequence[SentTrigger], spans: Iterable[Span], trigger_queue: str) -> Progress:
    """Progress of the triggers that were sent to `trigger_queue`."""
    begun, done, dead, main_done = set[str](), set[str](), set[str](), set[str]()
    again = 0
    for span in spans:
        if span.text(names.OPERATION_NAME) != names.PROCESS.operation:
            continue
        outcome = span.text(names.OUTCOME) or "done"
        is_main = span.text(names.DESTINATION) == trigger_queue
        if outcome == "reject":
            dead.add(span.trace_id)
        elif outcome == "done":
            (main_done if is_main else done).add(span.trace_id)
        if not is_main:
            begun.add(span.trace_id)
        again += outcome == "retry"
    done |= {trigger.trace_id for trigger in sent if not trigger.wants_job and trigger.trace_id in main_done}
    ours = {trigger.trace_id for trigger in sent}
    return Progress(
        planned=planned,
        sent=len(sent),
        begun=len(ours & (begun | done | dead)),
        completed=len(ours & done),
        dead=len(ours & (dead - done)),
        again=again,
    )


def handled_traces(spans: Iterable[Span], trigger_queue: str) -> set[str]:
    """The traces whose main job is done."""
    return {
        span.trace_id
        for span in spans
        if span.text(names.OPERATION_NAME) == names.PROCESS.operation
        and span.text(names.DESTINATION) == trigger_queue
        and not span.text(names.OUTCOME)
    }
