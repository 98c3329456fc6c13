"""`jobctl status`: services, queues, rates, slots, dead letters by reason, alarms."""

from __future__ import annotations

from collections.abc import Mapping

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from jobctl.cli import cli_of
from jobctl.environment.status_view import status_view
from jobctl.overview import WINDOW_MINUTES, Status, read_status
from jobctl.queries.metric_events import Attempts, Slots
from jobctl.views.console import heading, plain_table
from jobctl.views.dead_letter_view import reasons_view


def run(ctx: typer.Context) -> None:
    """Show services, queues, jobs a minute, slots, dead letters and alarms."""
    cli = cli_of(ctx)
    with cli.output.progress(f"reading {cli.session.stack.name}"):
        status = read_status(cli.session)
    cli.output.show(_view(status), status)


def _view(status: Status) -> RenderableType:
    return Group(
        status_view(status.environment),
        heading(f"Attempts that ended in the last {WINDOW_MINUTES} minutes"),
        _rates(status.attempts),
        heading("Slots"),
        _slots(status.slots),
        heading("Dead letters"),
        reasons_view([(one.queue, one.reason, one.count) for one in status.dead]),
    )


def _slots(slots: Mapping[str, Slots]) -> RenderableType:
    """Slots in use, and stuck ones: a stuck slot does nothing until its task is replaced."""
    if not slots:
        return Text("no data of the last minutes", style="dim")
    return Text("\n").join(
        Text.assemble(
            f"{name}: {one.in_use} in use by {one.tasks} task{'' if one.tasks == 1 else 's'}",
            (f", {one.stuck} STUCK: `jobctl list --status hung`" if one.stuck else "", "red"),
        )
        for name, one in slots.items()
    )


def _rates(attempts: list[Attempts]) -> RenderableType:
    if not attempts:
        return Text("no data: no job ran, or no collector reported", style="dim")
    table = plain_table(
        "queue", ("done a minute", "right"), ("done", "right"), ("retried", "right"), ("rejected", "right")
    )
    for one in attempts:
        done, again, rejected = one.of("done"), one.of("retry", "release", "leave"), one.of("reject")
        table.add_row(
            one.queue,
            f"{done / WINDOW_MINUTES:.1f}",
            str(done),
            Text(str(again), style="yellow" if again else ""),
            Text(str(rejected), style="red" if rejected else ""),
        )
    return table
