"""Triggers that a person types: `send-report {"customer": "acme"}`, or a whole trigger as JSON."""

from __future__ import annotations

import sys
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from jobqueue.client.triggers import Trigger, TriggerOptions, prepare, trigger_body

if TYPE_CHECKING:
    from jobqueue.client import JobClient


def submit(jobs: JobClient, line: str) -> Trigger:
    """Sends the trigger of one line, and gives it.

    Raises:
        InvalidRequestError: no JSON object, or one that no service would read.
    """
    line = line.strip()
    job_type, _, data = ("", "", line) if line.startswith("{") else line.partition(" ")
    options = TriggerOptions(job_type=job_type or None)
    trigger = prepare(trigger_body(data.strip() or "{}", options), options)
    jobs.send([trigger])
    return trigger


def typed_lines() -> SimpleQueue[str]:
    """The lines of standard input, as they come. Its end is no end of the loop."""
    lines: SimpleQueue[str] = SimpleQueue()

    def read() -> None:
        with suppress(OSError, ValueError):
            for line in sys.stdin:
                if line.strip():
                    lines.put(line)

    Thread(target=read, name="standard input", daemon=True).start()
    return lines
