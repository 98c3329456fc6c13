"""Triggers that a person types: `send-report {"customer": "acme"}`, or a whole trigger as JSON."""

from __future__ import annotations

import sys
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from jobctl.environment.triggers import Submitted, TriggerOptions, prepare, trigger_body

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def submit(sqs: SQSClient, queue_url: str, line: str) -> Submitted:
    """Sends the trigger of one line, and gives it.

    Raises:
        UsageError: no JSON object, or one that no service would read.
    """
    line = line.strip()
    job_type, _, data = ("", "", line) if line.startswith("{") else line.partition(" ")
    options = TriggerOptions(job_type=job_type or None)
    submitted = prepare(trigger_body(data.strip() or "{}", options), options)
    sqs.send_message(
        QueueUrl=queue_url,
        MessageBody=submitted.message.body,
        MessageAttributes={
            name: {"DataType": attribute.kind, "StringValue": str(attribute.value)}
            for name, attribute in submitted.message.attributes.items()
        },
    )
    return submitted


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
