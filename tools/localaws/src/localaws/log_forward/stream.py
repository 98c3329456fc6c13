"""Batches of events, within the limits of PutLogEvents, and their writing to one log stream; blocks until a batch is written or given up.

A stream that is missing is made, a group is not: that is Terraform's, and on Fargate a task without its group does not start. A problem is reported
when it begins and when it is over, not for each batch.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

MAX_EVENTS = 100
"""The API takes 10,000; fewer make calls small, and nobody waits for them."""
MAX_BYTES = 1_048_576
"""Of one call: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""
EVENT_BYTES = 26
"""What each event counts beside its UTF-8 text."""
AGAIN_SECONDS = 0.5
"""Between two tries, on top of the client's own: the local AWS is near, or gone."""


class Batch:
    """Owns the events of the next call."""

    def __init__(self) -> None:
        self._events: list[InputLogEventTypeDef] = []
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._events)

    def is_full(self) -> bool:
        """Whether no further event fits, however short."""
        return len(self._events) >= MAX_EVENTS

    def add(self, milliseconds: int, message: str) -> bool:
        """Add an event; False where it does not fit into the same call."""
        size = EVENT_BYTES + len(message.encode())
        if self._events and (self.is_full() or self._bytes + size > MAX_BYTES):
            return False
        self._events.append({"timestamp": milliseconds, "message": message})
        self._bytes += size
        return True

    def events(self) -> list[InputLogEventTypeDef]:
        """The events in order of time, as the API demands; equal times keep their order."""
        return sorted(self._events, key=lambda event: event["timestamp"])


class LogStream:
    """Owns the state of one stream. `tell` is called with a sentence; `give_up` ends the retries."""

    def __init__(
        self, logs: CloudWatchLogsClient, group: str, name: str, tell: Callable[[str], None], give_up: Event
    ) -> None:
        self._logs = logs
        self._group = group
        self._name = name
        self._tell = tell
        self._give_up = give_up
        self._wrong = False
        self.lost = 0
        """Events that are in no stream."""

    def put(self, events: list[InputLogEventTypeDef]) -> None:
        """Write the events, with retries; gives up where there is no group, where the service refuses the batch for good, or when told to."""
        while True:
            try:
                self._put(events)
            except self._logs.exceptions.ResourceNotFoundException:
                self._complain(f"the log group {self._group} does not exist: `terraform apply` makes it")
                break
            except self._logs.exceptions.InvalidParameterException as error:
                self._complain(f"{self._group} {self._name}: {error}")
                break
            except (ClientError, BotoCoreError) as error:
                self._complain(f"{self._group} {self._name}: {error}")
                if self._give_up.wait(AGAIN_SECONDS):
                    break
            else:
                if self._wrong:
                    self._tell(f"container output reaches {self._group} {self._name} again; {self.lost} lines are lost")
                self._wrong = False
                return
        self.lost += len(events)

    def _put(self, events: list[InputLogEventTypeDef]) -> None:
        try:
            self._logs.put_log_events(logGroupName=self._group, logStreamName=self._name, logEvents=events)
        except self._logs.exceptions.ResourceNotFoundException:
            with suppress(self._logs.exceptions.ResourceAlreadyExistsException):  # somebody was quicker
                self._logs.create_log_stream(logGroupName=self._group, logStreamName=self._name)
            self._logs.put_log_events(logGroupName=self._group, logStreamName=self._name, logEvents=events)

    def _complain(self, what: str) -> None:
        if not self._wrong:
            self._tell(f"container output is not forwarded: {what}")
        self._wrong = True
