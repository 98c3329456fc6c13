"""`jobctl watch`: the live view, in the terminal or in a browser."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from jobctl.cli import cli_of
from jobctl.errors import UsageError

if TYPE_CHECKING:
    from jobctl.cli import Cli

INTERVAL_SECONDS = 5.0
"""The reason, and the cost of a refresh: see `jobctl.watch.source`."""
MIN_INTERVAL_SECONDS = 1.0
PORT = 8765


def run(
    ctx: typer.Context,
    interval: Annotated[
        float, typer.Option(min=MIN_INTERVAL_SECONDS, help="Seconds between refreshes.", metavar="SECONDS")
    ] = INTERVAL_SECONDS,
    web: Annotated[
        bool, typer.Option("--web", help="Serve the view to a browser on this machine, at the address that is printed.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of --web; 0: any free one.")] = PORT,
) -> None:
    """Watch queues, tasks, dead letters and jobs live, in a terminal or (--web) a browser."""
    cli = cli_of(ctx)
    with cli.output.progress("looking for the stack"):
        _ = cli.session.stack  # a stack that is not found is reported here, before a view opens
    if web:
        from jobctl.watch.web import serve

        serve(cli, interval, port)
    elif cli.output.as_json:
        _lines(cli, interval)
    else:
        _view(cli, interval)


def _lines(cli: Cli, interval: float) -> None:
    """A line of JSON for each refresh, until Ctrl-C."""
    from jobctl.watch.source import Source

    source = Source(cli.session, interval)
    while True:
        cli.output.line("", source.read())
        time.sleep(interval)


def _view(cli: Cli, interval: float) -> None:
    if "TEXTUAL_DRIVER" not in os.environ and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "`jobctl watch` needs a terminal.",
            "run it in one, or use `jobctl watch --web` for a browser, `jobctl watch --json` for a program, `jobctl status` for one look",
        )
    from jobctl.watch.app import WatchApp  # Textual: 0.4 s, and only here

    app = WatchApp(cli, interval)
    app.run()
    if app.redrive is not None:
        app.redrive.join()
        if app.redrive.view is not None:
            cli.output.console.print(app.redrive.view)
    if app.return_code:
        raise typer.Exit(app.return_code)
