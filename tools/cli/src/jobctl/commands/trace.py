"""`jobctl trace ID`: a waterfall of a job's trace over all services, from X-Ray."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group
from rich.text import Text

from jobctl import places
from jobctl.call import call_of
from jobctl.environment.info import places_view
from jobctl.exits import NotFoundError
from jobctl.queries.segment_spans import w3c_trace_id, xray_trace_id
from jobctl.queries.span import Span, of_trace
from jobctl.queries.traces import find_traces, read_trace
from jobctl.record import checked, read_record
from jobctl.views.screen import heading
from jobctl.views.waterfall_view import waterfall_view
from jobqueue.messages.job_id import job_id_ms
from jobqueue.telemetry import names

if TYPE_CHECKING:
    from jobctl.call import Call

_TRACE_ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}|[0-9a-f]{32}")


def run(
    ctx: typer.Context,
    job_id: Annotated[str, typer.Argument(help="The job's id; or a trace's, as logs or X-Ray write it.")],
) -> None:
    """The job's way through all services, as a waterfall."""
    call = call_of(ctx)
    with call.screen.working("read the trace"):
        trace_id, spans = _found(call, job_id)
    own = of_trace(spans, trace_id)
    jobs = sorted({one.text(names.JOB_ID) for one in own if one.text(names.JOB_ID)})
    links = places.trace(call.session, trace_id)
    for job in jobs:
        services = {one.service for one in own if one.text(names.JOB_ID) == job}
        name = "job log" if len(jobs) == 1 else f"log of {job}"
        links |= places.job_log(call.session, job, services, name=name)
    links |= places.dashboard(call.session)
    value = {"trace_id": xray_trace_id(trace_id), "jobs": jobs, "spans": own, "links": links}
    view = [waterfall_view(spans, trace_id), heading("Where to look"), *(Text(f"jobctl show {job}") for job in jobs)]
    call.screen.show(Group(*view, places_view(links)), value)


def _found(call: Call, wish: str) -> tuple[str, list[Span]]:
    xray: Any = call.session.client("xray")
    if _TRACE_ID.fullmatch(wish.strip().lower()):
        trace_id = w3c_trace_id(wish.strip().lower())
        spans = read_trace(xray, trace_id)
        if not spans:
            raise _nothing(f"X-Ray has no trace {xray_trace_id(trace_id)}.")
        return trace_id, spans
    job_id = checked(wish)
    record = read_record(call.session.client("logs"), call.session.stack, job_id)
    ids = [record.trace_id] if record.trace_id else find_traces(xray, job_id, job_id_ms(job_id))
    found = [(trace_id, spans) for trace_id in ids if (spans := read_trace(xray, trace_id))]
    if not found:
        said = (
            f"its lines say {xray_trace_id(ids[0])}"
            if ids
            else "no log line names one, and no trace is annotated with it"
        )
        raise _nothing(f"X-Ray has no trace of job {job_id} in {call.session.stack.region}: {said}.")
    return max(found, key=lambda one: len(one[1]))


def _nothing(what: str) -> NotFoundError:
    return NotFoundError(
        what,
        "spans travel for up to half a minute; a trace that was not sampled (otel_traces_sampler_arg) is never there, and X-Ray keeps "
        "30 days. `jobctl show` and `jobctl logs` do not need it",
    )
