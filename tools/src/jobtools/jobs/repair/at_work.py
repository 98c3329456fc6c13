"""How does a repair wait, tell how far it is, and hear Ctrl-C? Layer: tools, main thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from jobqueue.consumer.ports import QueueError
from jobtools.jobs.exits import INTERRUPTED
from jobtools.jobs.screen import Screen
from jobtools.local.stop import Stopped, StopSignals


@contextmanager
def stoppable() -> Iterator[StopSignals]:
    """The first Ctrl-C (or SIGTERM) ends it where nothing is half done, the second at once. SQS's errors become boto3's, which `jobs` explains."""
    try:
        with StopSignals() as stop:
            yield stop
    except (Stopped, KeyboardInterrupt):
        raise typer.Exit(INTERRUPTED) from None
    except QueueError as error:
        if isinstance(error.__cause__, Exception):
            raise error.__cause__ from None
        raise


@contextmanager
def at_work(screen: Screen, text: str) -> Iterator[Callable[[str], None]]:
    """On a terminal, a line that says what is done; what is yielded changes it. Elsewhere nothing."""
    if screen.as_json or not screen.errors.is_terminal:
        yield lambda _: None
        return
    with screen.errors.status(text) as status:
        yield status.update
