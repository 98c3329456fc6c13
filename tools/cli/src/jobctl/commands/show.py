"""`jobctl show ID`: one job's attempts and hops, where it ran, how it ended, and links."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from jobctl import places
from jobctl.call import call_of
from jobctl.dead_letters.letter_queues import find, queues_of
from jobctl.environment import timeline
from jobctl.environment.info import places_view
from jobctl.queries.attempt import Attempt, attempts_of
from jobctl.queries.job_state import marked_lost
from jobctl.queries.tasks import read_alive
from jobctl.queries.times import clock_time, local_time, offset_at
from jobctl.record import JobRecord, checked, nothing_found, read_record
from jobctl.views.attempts_view import attempts_view
from jobctl.views.dead_letter_view import reason_shown
from jobctl.views.job_states_view import STYLES
from jobctl.views.screen import heading
from jobctl.views.visible import one_line
from jobqueue.messages.job_id import job_id_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobctl.call import Call
    from jobctl.queries.job_state import JobState


@dataclass(frozen=True)
class Dead:
    """The job's dead letter. `receives` is empty if SQS itself moved it."""

    queue: str
    reason: str
    error: str
    receives: str
    job_type: str
    trace_id: str


@dataclass(frozen=True)
class Shown:
    """The answer, as --json prints it. `letter` is None if no dead letter of the job was found, or none was looked for."""

    job_id: str
    made_ms: int
    status: str
    state: JobState | None
    trace_id: str
    attempts: list[Attempt]
    hops: list[timeline.Hop]
    letter: Dead | None
    links: dict[str, str]


def run(ctx: typer.Context, job_id: Annotated[str, typer.Argument(help="The job's id.", show_default=False)]) -> None:
    """One job: its attempts, the time of each hop, where it ran, how it ended."""
    call = call_of(ctx)
    job_id = checked(job_id)
    with call.screen.working(f"look for {job_id}"):
        record = read_record(call.session.client("logs"), call.session.stack, job_id)
        letter = None if record.state and record.state.status == "completed" else _letter(call, job_id)
    if record.state is None and letter is None:
        raise nothing_found(call.session.client("logs"), call.session.stack, job_id, "Any line or dead letter")
    shown = shown_of(call, record, letter)
    call.screen.show(shown_view(shown), shown)


def _letter(call: Call, job_id: str) -> Dead | None:
    for queue in queues_of(call.session.stack, call.session.client("sqs")):
        for letter in find(queue, job_id):
            receives = str(letter.receives or "")
            return Dead(queue.name, letter.reason, letter.error, receives, letter.job_type, letter.trace_id)
    return None


def shown_of(call: Call, record: JobRecord, letter: Dead | None) -> Shown:
    stack, state = call.session.stack, record.state
    logged = [(service, event) for service, events in record.logged.items() for event in events]
    attempts = attempts_of(record.lines, logged, time.time() * 1000)
    if any(one.open for one in attempts):
        services = [one.ecs_service for one in stack.services.values()]
        alive = read_alive(call.session.client("ecs"), stack.cluster, services)
        attempts = attempts_of(record.lines, logged, time.time() * 1000, alive)
        state = None if state is None else marked_lost([state], alive)[0]
    status: str = "dead letter" if letter is not None else state.status if state is not None else ""
    if state is not None and state.status == "dead letter" and letter is None:
        status = "was dead-lettered; since redriven or dropped"
    first = [one.line for one in record.lines if one.service == stack.triggered.name]
    trace_id = record.trace_id or (letter.trace_id if letter is not None else "")
    return Shown(
        job_id=record.job_id,
        made_ms=job_id_ms(record.job_id),
        status=status,
        state=state,
        trace_id=trace_id,
        attempts=attempts,
        hops=timeline.hops_of(job_id_ms(record.job_id), first, record.events),
        letter=letter,
        links=_links(call, record, attempts, letter, trace_id),
    )


def _links(
    call: Call, record: JobRecord, attempts: Sequence[Attempt], letter: Dead | None, trace_id: str
) -> dict[str, str]:
    session = call.session
    return {
        **places.job_log(session, record.job_id, record.logged),
        **places.tasks(session, ((one.service, one.task) for one in attempts if one.task)),
        **places.trace(session, trace_id),
        **({} if letter is None else places.dead_letters(session, letter.queue)),
        **places.dashboard(session),
    }


def shown_view(shown: Shown) -> RenderableType:
    state = shown.state
    facts = [("job", shown.job_id), ("made", local_time(shown.made_ms))]
    if state is not None:
        facts += [("type", state.job_type), ("correlation", state.correlation_id)]
    if shown.trace_id:
        facts.append(("trace", shown.trace_id))
    if shown.letter is not None:
        tries = shown.letter.receives
        counted = f", after {tries} {'try' if tries == '1' else 'tries'}" if tries else ""
        facts.append(("dead because", f"{reason_shown(shown.letter.reason)}{counted}"))
        facts.append(("last error", shown.letter.error or "-"))
    return Group(
        Text.assemble(("status        ", "bold"), (shown.status, STYLES.get(shown.status, "yellow"))),
        *(Text(f"{name:12}  {one_line(value)}") for name, value in facts),
        heading("Attempts"),
        attempts_view(shown.attempts, clock_time, offset_at(shown.made_ms)),
        heading("Hops: seconds since the one before, and since the beginning"),
        Text("\n".join(timeline.told(shown.hops))),
        heading("Where to look"),
        places_view(shown.links),
    )
