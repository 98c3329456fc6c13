"""`jobctl tail`: the output of all services' containers together, as it is written."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.text import Text

from jobctl.cli import cli_of
from jobctl.duration import ago_ms
from jobctl.queries.job_record import parse_job_id
from jobctl.queries.service_lines import ServiceLine, ServiceLines
from jobctl.queries.times import clock_time, offset_at
from jobctl.views.job_log_view import LEVEL_STYLES, message_of
from jobctl.views.waterfall_view import STYLES

POLL_SECONDS = 1.0


def run(
    ctx: typer.Context,
    job: Annotated[str | None, typer.Option(help="Only lines of this job id.")] = None,
    correlation_id: Annotated[str | None, typer.Option(help="Only lines with this correlation id.")] = None,
    text: Annotated[str | None, typer.Option(help="Only lines that contain this text, as written (JSON).")] = None,
    stack: Annotated[bool, typer.Option("--stack", help="Show the stack trace of a line that has one.")] = False,
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    since: Annotated[str, typer.Option(help="How far back to begin: 90s, 15m, 2h, 3d.")] = "1m",
    follow: Annotated[bool, typer.Option(help="Keep following until Ctrl-C.")] = True,
) -> None:
    """Print the output of all services together, as it is written."""
    cli = cli_of(ctx)
    began_ms = ago_ms(since)
    job_id = parse_job_id(job) if job else None
    groups = {name: one.log_group for name, one in cli.session.stack.named(service).items()}
    reader = ServiceLines(cli.session.client("logs"), groups, began_ms, text or job_id or correlation_id or "")
    while True:
        with cli.output.progress("reading the services' output"):
            fresh = reader.fresh()
        for one in fresh:
            if job_id in (None, one.line.job_id) and correlation_id in (None, one.line.correlation_id):
                cli.output.line(
                    line_view(one, with_stack=stack), {"service": one.service, "task": one.task, **_plain(one)}
                )
        if not follow:
            return
        time.sleep(POLL_SECONDS)


def line_view(one: ServiceLine, *, with_stack: bool) -> Text:
    """One line of a service's output."""
    line = one.line
    below = str(line.fields.get("stack", "")).rstrip() if with_stack else ""
    return Text.assemble(
        (f"{clock_time(line.at_ms)}{offset_at(line.at_ms)} ", "dim"),
        (f"{one.service} ", STYLES.get(one.service, "")),
        (f"{one.task[:8]} ", "dim"),
        (f"{line.level or '-'} ", LEVEL_STYLES.get(line.level, "")),
        (f"{line.job_id} " if line.job_id else ""),
        message_of(line),
        (f"\n{below}" if below else "", "dim"),
    )


def _plain(one: ServiceLine) -> dict[str, object]:
    line = one.line
    ids = {"jobId": line.job_id, "correlationId": line.correlation_id, "jobType": line.job_type, "event": line.event}
    return {
        "at_ms": line.at_ms,
        "level": line.level,
        "message": line.message,
        **{name: value for name, value in ids.items() if value},
        **line.fields,
    }
