"""What happened to this job? `jobs show ID`: attempts, hops, where it ran, how it ended, where to look. Layer: tools, main thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from jobqueue.messages.dead_letter import RECEIVE_COUNT, TRACE_ID
from jobqueue.messages.job_id import job_id_ms, job_log_stream
from jobqueue.sqs.queue import queue_name
from jobqueue.telemetry.trace_headers import TRACEPARENT, read_traceparent
from jobtools.deploy import console, hops
from jobtools.jobs.call import call_of
from jobtools.jobs.record import JobRecord, checked, nothing_found, read_record
from jobtools.jobs.repair.letter_queues import find, queues_of
from jobtools.jobs.repair.views import reason_shown
from jobtools.jobs.screen import clock_time, local_time, offset_at
from jobtools.look.attempt import Attempt, attempts_of
from jobtools.look.attempts_view import SHORT_TASK, attempts_view
from jobtools.look.job_states_view import STYLES
from jobtools.look.screen import heading

if TYPE_CHECKING:
    from jobtools.jobs.call import Call
    from jobtools.look.job_state import JobState


@dataclass(frozen=True)
class Dead:
    """The job's dead letter. `receives` is empty where only SQS knows."""

    queue: str
    reason: str
    error: str
    receives: str
    job_type: str
    trace_id: str


@dataclass(frozen=True)
class Shown:
    """The answer, as --json gives it. `letter` is None where no dead letter of it was found, or none was looked for."""

    job_id: str
    made_ms: int
    status: str
    state: JobState | None
    trace_id: str
    attempts: list[Attempt]
    hops: list[hops.Hop]
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
    shown = _shown(call, record, letter)
    call.screen.show(_view(shown), shown)


def _letter(call: Call, job_id: str) -> Dead | None:
    for queue in queues_of(call.session.stack, call.session.client("sqs")):
        for letter in find(queue, job_id):
            said = letter.delivery.text
            parent = read_traceparent(said(TRACEPARENT) or "")
            trace_id = parent.trace_id if parent is not None else said(TRACE_ID) or ""
            return Dead(queue.name, letter.reason, letter.error, said(RECEIVE_COUNT) or "", letter.job_type, trace_id)
    return None


def _shown(call: Call, record: JobRecord, letter: Dead | None) -> Shown:
    stack, state = call.session.stack, record.state
    status: str = "dead letter" if letter is not None else state.status if state is not None else ""
    if state is not None and state.status == "dead letter" and letter is None:
        status = "was a dead letter, and is no more"
    logged = [(service, event) for service, events in record.logged.items() for event in events]
    first = [one.line for one in record.lines if one.service == stack.triggered.name]
    trace_id = record.trace_id or (letter.trace_id if letter is not None else "")
    return Shown(
        job_id=record.job_id,
        made_ms=job_id_ms(record.job_id),
        status=status,
        state=state,
        trace_id=trace_id,
        attempts=attempts_of(record.lines, logged),
        hops=hops.hops_of(job_id_ms(record.job_id), first, record.events),
        letter=letter,
        links=_links(call, record, letter, trace_id),
    )


def _links(call: Call, record: JobRecord, letter: Dead | None, trace_id: str) -> dict[str, str]:
    stack, target = call.session.stack, call.session.target
    links = {}
    for name in record.logged:
        group = stack.services[name].log_group
        links["job log"] = console.log_stream(target, group, job_log_stream(record.job_id))
    for one in record.lines:
        service = stack.services[one.service]
        stream = f"{service.log_stream_prefix}/{one.service}/{one.task}"
        links[f"{one.service} {one.task[:SHORT_TASK]}"] = console.log_stream(target, service.log_group, stream)
    if trace_id:
        links["trace"] = console.trace(target, trace_id)
    if letter is not None:
        urls = {queue_name(one.dead_letter_url): one.dead_letter_url for one in stack.services.values()}
        links["dead letters"] = console.queue_page(target, urls[letter.queue])
    return links


def _view(shown: Shown) -> RenderableType:
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
        *(Text(f"{name:12}  {value}") for name, value in facts),
        heading("Attempts"),
        attempts_view(shown.attempts, clock_time, offset_at(shown.made_ms)),
        heading("Hops: seconds since the one before, and since the beginning"),
        Text("\n".join(hops.told(shown.hops))),
        heading("Where to look"),
        Text("\n".join(f"{name:28}  {place}" for name, place in shown.links.items())),
    )
