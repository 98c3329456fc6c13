"""The handling of Ctrl-C and SIGTERM during a repair."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from jobctl.exits import INTERRUPTED
from jobctl.stop import Stopped, StopSignals
from jobqueue.consumer.ports import QueueError


@contextmanager
def stoppable() -> Iterator[StopSignals]:
    """The first Ctrl-C (or SIGTERM) stops between two steps, the second at once. `QueueError` becomes boto3's error, which `jobctl` explains."""
    try:
        with StopSignals() as stop:
            yield stop
    except (Stopped, KeyboardInterrupt):
        raise typer.Exit(INTERRUPTED) from None
    except QueueError as error:
        if isinstance(error.__cause__, Exception):
            raise error.__cause__ from None
        raise
