"""`jobctl trace ID`: a waterfall of a job's trace over all services, from X-Ray."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group
from rich.text import Text

from jobctl import links
from jobctl.cli import cli_of
from jobctl.environment.status_view import links_view
from jobctl.errors import NotFoundError
from jobctl.queries.job_record import parse_job_id, read_record
from jobctl.queries.segment_spans import w3c_trace_id, xray_trace_id
from jobctl.queries.span import Span, of_trace
from jobctl.queries.traces import find_traces, read_trace
from jobctl.views.console import heading
from jobctl.views.waterfall_view import waterfall_view
from jobqueue.messages.job_id import job_id_ms
from jobqueue.telemetry import names

if TYPE_CHECKING:
    from jobctl.cli import Cli

_TRACE_ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}|[0-9a-f]{32}")


def run(
    ctx: typer.Context,
    job_id: Annotated[str, typer.Argument(help="A job id, or a trace id as logs or X-Ray write it.")],
) -> None:
    """Show the trace of a job through all services, as a waterfall."""
    cli = cli_of(ctx)
    with cli.output.progress("reading the trace"):
        trace_id, spans = _found(cli, job_id)
    own = of_trace(spans, trace_id)
    jobs = sorted({one.text(names.JOB_ID) for one in own if one.text(names.JOB_ID)})
    found = links.trace(cli.session, trace_id)
    for job in jobs:
        services = {one.service for one in own if one.text(names.JOB_ID) == job}
        name = "job log" if len(jobs) == 1 else f"log of {job}"
        found |= links.job_log(cli.session, job, services, name=name)
    found |= links.dashboard(cli.session)
    value = {"trace_id": xray_trace_id(trace_id), "jobs": jobs, "spans": own, "links": found}
    view = [waterfall_view(spans, trace_id), heading("Links"), *(Text(f"jobctl show {job}") for job in jobs)]
    cli.output.show(Group(*view, links_view(found)), value)


def _found(cli: Cli, wish: str) -> tuple[str, list[Span]]:
    xray: Any = cli.session.client("xray")
    if _TRACE_ID.fullmatch(wish.strip().lower()):
        trace_id = w3c_trace_id(wish.strip().lower())
        spans = read_trace(xray, trace_id)
        if not spans:
            raise _nothing(f"X-Ray has no trace {xray_trace_id(trace_id)}.")
        return trace_id, spans
    job_id = parse_job_id(wish)
    record = read_record(cli.session.client("logs"), cli.session.stack, job_id)
    ids = [record.trace_id] if record.trace_id else find_traces(xray, job_id, job_id_ms(job_id))
    found = [(trace_id, spans) for trace_id in ids if (spans := read_trace(xray, trace_id))]
    if not found:
        why = (
            f"its log lines name {xray_trace_id(ids[0])}"
            if ids
            else "no log line names one, and no trace is annotated with it"
        )
        raise _nothing(f"X-Ray has no trace of job {job_id} in {cli.session.stack.region}: {why}.")
    return max(found, key=lambda one: len(one[1]))


def _nothing(what: str) -> NotFoundError:
    return NotFoundError(
        what,
        "spans take up to half a minute; a trace that was not sampled (otel_traces_sampler_arg) never comes, and X-Ray keeps "
        "30 days; `jobctl show` and `jobctl logs` do not need it",
    )
