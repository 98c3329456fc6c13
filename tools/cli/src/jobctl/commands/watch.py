"""`jobctl watch`: the live view, in the terminal or in a browser."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from jobctl.call import call_of
from jobctl.exits import UsageError

if TYPE_CHECKING:
    from jobctl.call import Call

INTERVAL_SECONDS = 5.0
"""The reason, and the cost of a refresh: see `jobctl.watch.source`."""
MIN_SECONDS = 1.0
PORT = 8765


def run(
    ctx: typer.Context,
    interval: Annotated[
        float, typer.Option(min=MIN_SECONDS, help="Seconds between two refreshes.", metavar="SECONDS")
    ] = INTERVAL_SECONDS,
    web: Annotated[
        bool, typer.Option("--web", help="For a browser on this machine, at the address that is printed.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of --web; 0: any that is free.")] = PORT,
) -> None:
    """A live view: queues, tasks, dead letters, jobs; Enter goes into one. Needs a terminal, or --web."""
    call = call_of(ctx)
    with call.screen.working("look for the stack"):
        _ = call.session.stack  # a stack that is not found is reported here, before a view opens
    if web:
        from jobctl.watch.web import serve

        serve(call, interval, port)
    elif call.screen.as_json:
        _lines(call, interval)
    else:
        _view(call, interval)


def _lines(call: Call, interval: float) -> None:
    """A line of JSON for each refresh, until Ctrl-C."""
    from jobctl.watch.source import Source

    source = Source(call.session, interval)
    while True:
        call.screen.line("", source.read())
        time.sleep(interval)


def _view(call: Call, interval: float) -> None:
    if "TEXTUAL_DRIVER" not in os.environ and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "`jobctl watch` needs a terminal, for its keys and its view, and this is none.",
            "run it in one, or `jobctl watch --web` for a browser, `jobctl watch --json` for a program, `jobctl status` for one look",
        )
    from jobctl.watch.app import WatchApp  # Textual: 0.4 s, and only here

    app = WatchApp(call, interval)
    app.run()
    if app.redrive is not None:
        app.redrive.join()
        if app.redrive.view is not None:
            call.screen.console.print(app.redrive.view)
    if app.return_code:
        raise typer.Exit(app.return_code)
