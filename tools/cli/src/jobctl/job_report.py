"""All that `jobctl show` and the live view tell about one job: its records, attempts, timeline, dead letter and links."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from jobctl import links
from jobctl.environment import timeline
from jobctl.environment.status_view import links_view
from jobctl.queries.attempt import Attempt, attempts_of
from jobctl.queries.job_record import JobRecord
from jobctl.queries.job_state import marked_lost
from jobctl.queries.recorded import OpenBatch, read_batch, read_steps, state_of, step_state, steps_in
from jobctl.queries.tasks import read_alive
from jobctl.queries.times import clock_time, local_time, offset_at
from jobctl.views.attempts_view import attempts_view
from jobctl.views.console import heading, plain_table
from jobctl.views.dead_letter_view import reason_shown
from jobctl.views.job_states_view import STYLES, why
from jobctl.views.visible import one_line
from jobqueue.client.job_client import last_stage
from jobqueue.messages.job_id import job_id_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobctl.queries.job_state import JobState
    from jobctl.session import Session
    from jobqueue.consumer import job_records


@dataclass(frozen=True)
class FoundLetter:
    """The job's dead letter. `receives` is empty if SQS itself moved it."""

    queue: str
    reason: str
    error: str
    receives: str
    job_type: str
    trace_id: str


@dataclass(frozen=True)
class JobReport:
    """The answer, as --json prints it. `letter` is None if no dead letter of the job was found, or none was looked for. `stages`, `steps` and
    `batch` are those of job records; attempts, timeline and trace of the logs, empty where these were not read."""

    job_id: str
    made_ms: int
    status: str
    state: JobState | None
    trace_id: str
    attempts: list[Attempt]
    timeline: list[timeline.TimelineEvent]
    letter: FoundLetter | None
    links: dict[str, str]
    stages: Sequence[job_records.JobRecord] = ()
    steps: Sequence[ReportedStep] = ()
    batch: OpenBatch | None = None


@dataclass(frozen=True)
class ReportedStep:
    """A step's name, and what became of it."""

    stage: str
    name: str
    state: str


def recorded_report(session: Session, stages: Sequence[job_records.JobRecord]) -> JobReport:
    """What job records alone say of a job that they know."""
    last = last_stage(stages)
    state = state_of(last, time.time() * 1000)
    steps = read_steps(steps_in(session), stages)
    job_id = state.job_id
    return JobReport(
        job_id=job_id,
        made_ms=job_id_ms(job_id),
        status=state.status,
        state=state,
        trace_id="",
        attempts=[],
        timeline=[],
        letter=None,
        links={
            **links.job_log(session, job_id, (one.name for one in session.stack.with_job_logs)),
            **links.dashboard(session),
        },
        stages=stages,
        steps=[ReportedStep(record.key.stage, step.name, step_state(step)) for record, step in steps],
        batch=read_batch(session, stages),
    )


def with_records(report: JobReport, known: JobReport | None) -> JobReport:
    """The report of the logs, with what records know better: how the job stands."""
    if known is None:
        return report
    status = report.status if report.letter else known.status
    return replace(report, status=status, state=known.state, stages=known.stages, steps=known.steps, batch=known.batch)


def report_of(session: Session, record: JobRecord, letter: FoundLetter | None) -> JobReport:
    stack, state = session.stack, record.state
    logged = [(service, event) for service, events in record.logged.items() for event in events]
    attempts = attempts_of(record.lines, logged, time.time() * 1000)
    if any(one.open for one in attempts):
        services = [one.ecs_service for one in stack.services.values()]
        alive = read_alive(session.client("ecs"), stack.cluster, services)
        attempts = attempts_of(record.lines, logged, time.time() * 1000, alive)
        state = None if state is None else marked_lost([state], alive)[0]
    status: str = "dead letter" if letter is not None else state.status if state is not None else ""
    if state is not None and state.status == "dead letter" and letter is None:
        status = "was dead-lettered; since redriven or dropped"
    first = [one.line for one in record.lines if one.service == stack.trigger_service.name]
    trace_id = record.trace_id or (letter.trace_id if letter is not None else "")
    return JobReport(
        job_id=record.job_id,
        made_ms=job_id_ms(record.job_id),
        status=status,
        state=state,
        trace_id=trace_id,
        attempts=attempts,
        timeline=timeline.events_of(job_id_ms(record.job_id), first, record.events),
        letter=letter,
        links=_links(session, record, attempts, letter, trace_id),
    )


def _links(
    session: Session, record: JobRecord, attempts: Sequence[Attempt], letter: FoundLetter | None, trace_id: str
) -> dict[str, str]:
    return {
        **links.job_log(session, record.job_id, record.logged),
        **links.tasks(session, ((one.service, one.task) for one in attempts if one.task)),
        **links.trace(session, trace_id),
        **({} if letter is None else links.dead_letters(session, letter.queue)),
        **links.dashboard(session),
    }


def report_view(report: JobReport) -> RenderableType:
    state = report.state
    facts = [("job", report.job_id), ("created", local_time(report.made_ms))]
    if state is not None:
        facts += [("type", state.job_type), ("correlation", state.correlation_id)]
    if state is not None and state.parent:
        facts.append(("queued by", state.parent))
    if report.trace_id:
        facts.append(("trace", report.trace_id))
    if report.letter is not None:
        tries = report.letter.receives
        counted = f", after {tries} {'try' if tries == '1' else 'tries'}" if tries else ""
        facts.append(("reason", f"{reason_shown(report.letter.reason)}{counted}"))
        facts.append(("last error", report.letter.error or "-"))
    if report.steps:
        facts.append(("steps", ", ".join(f"{one.name} ({one.state})" for one in report.steps)))
    if report.batch is not None:
        facts += _batch_facts(report.batch)
    parts: list[RenderableType] = [
        Text.assemble(("status        ", "bold"), (report.status, STYLES.get(report.status, "yellow"))),
        *(Text(f"{name:12}  {one_line(value)}") for name, value in facts),
    ]
    if report.stages:
        zone = offset_at(report.made_ms)
        parts += [heading(f"Stages, from job records; times are {zone}"), _stages_view(report.stages)]
    if report.attempts or report.timeline:
        parts += [
            heading("Attempts"),
            attempts_view(report.attempts, clock_time, offset_at(report.made_ms)),
            heading("Timeline: seconds since the previous event, and since the beginning"),
            Text("\n".join(timeline.lines(report.timeline))),
        ]
    return Group(*parts, heading("Links"), links_view(report.links))


def _batch_facts(batch: OpenBatch) -> list[tuple[str, str]]:
    counts = f"{batch.completed} completed, {batch.dead} dead, {batch.cancelled} cancelled"
    more = batch.open - len(batch.open_ids)
    waits = [*batch.open_ids, *([f"{more} more"] if more > 0 else [])]
    return [("batch", f"{batch.open} of {batch.jobs} open, {counts}"), ("waits for", ", ".join(waits) or "-")]


def _stages_view(stages: Sequence[job_records.JobRecord]) -> RenderableType:
    table = plain_table("stage", "status", ("tries", "right"), "queued", "began", "ended", "why")
    for record in stages:
        state = state_of(record, time.time() * 1000)
        times = (clock_time(one) if one else "-" for one in (record.queued_at, record.began_at, record.ended_at))
        status = Text(state.status, style=STYLES[state.status])
        table.add_row(Text(record.key.stage), status, str(state.attempts), *times, Text(why(state) or "-"))
    return table
