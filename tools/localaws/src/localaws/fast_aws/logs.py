"""CloudWatch Logs: groups, streams and events in memory, and the operations on them.

Each operation takes the request's JSON and returns the answer's, or raises `AwsError`. Events of a stream are returned by timestamp, those with the
same timestamp in the order of their arrival; nothing expires. CreateLogStream keeps to the fault plan's rate. Reads know neither times nor filter
patterns: a request with one is refused rather than answered wrongly.
"""

import re
import time
from asyncio import AbstractEventLoop
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from localaws.fast_aws.errors import AwsError, logs_error, throttled
from localaws.fast_aws.faults import FaultPlan
from localaws.fast_aws.message import Json

MAX_EVENTS = 10_000
"""Of one PutLogEvents, as the next five: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""
MAX_BYTES = 1_048_576
"""Sum of all messages in UTF-8 plus `EVENT_OVERHEAD_BYTES` for each event."""
EVENT_OVERHEAD_BYTES = 26
MAX_SPAN_MS = 24 * 3600 * 1000
"""Of the valid events of one batch."""
OLDEST_MS = 14 * 24 * 3600 * 1000
NEWEST_MS = 2 * 3600 * 1000
PAGE_EVENTS = 10_000
PAGE_STREAMS = 50

_GROUP_NAME = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")
_STREAM_NAME = re.compile(r"[^:*]{1,512}")
_UNSUPPORTED = ("endTime", "filterPattern", "limit", "logStreamNames", "orderBy", "startTime")


class Event(NamedTuple):
    timestamp: int
    """Unix milliseconds, as the one below."""
    message: str
    ingested: int
    number: int
    """Order of arrival in the whole store."""


@dataclass(slots=True)
class Stream:
    name: str
    _events: list[Event] = field(default_factory=list)
    _ordered: bool = True

    def add(self, events: list[Event]) -> None:
        if self._events and events and events[0].timestamp < self._events[-1].timestamp:
            self._ordered = False
        self._events += events

    def events(self) -> list[Event]:
        if not self._ordered:
            self._events.sort(key=attrgetter("timestamp", "number"))
            self._ordered = True
        return self._events


class Logs:
    """Owns every group: by name its streams, and those by name."""

    def __init__(self, faults: FaultPlan, loop: AbstractEventLoop) -> None:
        self._faults = faults
        self._loop = loop
        self._groups: dict[str, dict[str, Stream]] = {}
        self._number = 0

    def create_log_group(self, request: Json) -> Json:
        name = request.get("logGroupName") or ""
        _check_name("logGroupName", name, _GROUP_NAME)
        if name in self._groups:
            raise logs_error("ResourceAlreadyExistsException", "The specified log group already exists")
        self._groups[name] = {}
        return {}

    def create_log_stream(self, request: Json) -> Json:
        bucket = self._faults.create_log_stream_bucket
        if bucket is not None and not bucket.take(self._loop.time()):
            raise throttled("logs")
        name = request.get("logStreamName") or ""
        _check_name("logStreamName", name, _STREAM_NAME)
        streams = self._group(request)
        if name in streams:
            raise logs_error("ResourceAlreadyExistsException", "The specified log stream already exists")
        streams[name] = Stream(name)
        return {}

    def put_log_events(self, request: Json) -> Json:
        now = _now_ms()
        stream = self._stream(request)
        events, rejected = _accepted(request.get("logEvents") or [], now)
        stream.add([Event(at, text, now, self._number + i) for i, (at, text) in enumerate(events)])
        self._number += len(events)
        return {"rejectedLogEventsInfo": rejected} if rejected else {}

    def describe_log_streams(self, request: Json) -> Json:
        _check_supported(request)
        prefix = request.get("logStreamNamePrefix") or ""
        names = sorted(name for name in self._group(request) if name.startswith(prefix))
        start = int(request.get("nextToken") or 0)
        answer: Json = {"logStreams": [{"logStreamName": name} for name in names[start : start + PAGE_STREAMS]]}
        if start + PAGE_STREAMS < len(names):
            answer["nextToken"] = str(start + PAGE_STREAMS)
        return answer

    def get_log_events(self, request: Json) -> Json:
        """Pages lead forward only; at the end the token is the one that was passed in."""
        _check_supported(request)
        events = self._stream(request).events()
        start = int(request.get("nextToken") or 0)
        end = min(start + PAGE_EVENTS, len(events))
        return {"events": [_shown(event) for event in events[start:end]], "nextForwardToken": str(end)}

    def filter_log_events(self, request: Json) -> Json:
        """All events of a group in order of time."""
        _check_supported(request)
        found = [(event, stream.name) for stream in self._group(request).values() for event in stream.events()]
        found.sort(key=lambda one: (one[0].timestamp, one[0].number))
        start = int(request.get("nextToken") or 0)
        end = start + PAGE_EVENTS
        shown = [
            {**_shown(event), "logStreamName": name, "eventId": f"{event.number:056d}"}
            for event, name in found[start:end]
        ]
        return {"events": shown, **({"nextToken": str(end)} if end < len(found) else {})}

    def clear(self) -> None:
        self._groups.clear()

    def _group(self, request: Json) -> dict[str, Stream]:
        """By name or ARN, as every read takes it. Raises: AwsError ResourceNotFoundException."""
        identifier: str = request.get("logGroupIdentifier") or request.get("logGroupName") or ""
        streams = self._groups.get(identifier.removesuffix(":*").rpartition(":log-group:")[2])
        if streams is None:
            raise logs_error("ResourceNotFoundException", "The specified log group does not exist.")
        return streams

    def _stream(self, request: Json) -> Stream:
        stream = self._group(request).get(request.get("logStreamName") or "")
        if stream is None:
            raise logs_error("ResourceNotFoundException", "The specified log stream does not exist.")
        return stream


def _accepted(batch: list[Json], now_ms: int) -> tuple[list[tuple[int, str]], Json]:
    """The valid events of a batch, and the `rejectedLogEventsInfo` of the answer.

    Raises: AwsError InvalidParameterException when the batch fails as a whole.
    """
    events = _events(batch)
    if any(later[0] < earlier[0] for earlier, later in pairwise(events)):
        raise _invalid("Log events in a single PutLogEvents request must be in chronological order.")
    # In chronological order the too old ones come first and the too new ones last.
    first = next((i for i, event in enumerate(events) if event[0] >= now_ms - OLDEST_MS), len(events))
    end = next((i for i, event in enumerate(events) if event[0] > now_ms + NEWEST_MS), len(events))
    rejected: Json = {}
    if first > 0:
        rejected["tooOldLogEventEndIndex"] = first  # exclusive
    if end < len(events):
        rejected["tooNewLogEventStartIndex"] = end  # inclusive
    valid = events[first:end]
    if valid and valid[-1][0] - valid[0][0] > MAX_SPAN_MS:
        raise _invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
    return valid, rejected


def _events(batch: list[Json]) -> list[tuple[int, str]]:
    if not 1 <= len(batch) <= MAX_EVENTS:
        raise _invalid(f"'logEvents' must have 1 to {MAX_EVENTS} members")
    size = 0
    events: list[tuple[int, str]] = []
    for number, event in enumerate(batch, start=1):
        text, timestamp = event.get("message"), event.get("timestamp")
        if not text or not isinstance(timestamp, int) or timestamp < 0:
            raise _invalid(f"'logEvents.{number}' must have a timestamp and a message of at least one character")
        size += EVENT_OVERHEAD_BYTES + (len(text) if text.isascii() else len(text.encode()))
        events.append((timestamp, text))
    if size > MAX_BYTES:
        raise _invalid(f"Upload too large: {size} bytes exceeds limit of {MAX_BYTES}")
    return events


def _shown(event: Event) -> Json:
    return {"timestamp": event.timestamp, "message": event.message, "ingestionTime": event.ingested}


def _check_supported(request: Json) -> None:
    if unsupported := [name for name in _UNSUPPORTED if request.get(name) not in (None, "")]:
        raise _invalid(f"The fast AWS's reads do not know {', '.join(unsupported)}.")


def _check_name(parameter: str, name: str, pattern: re.Pattern[str]) -> None:
    if not pattern.fullmatch(name):
        raise _invalid(f"Value '{name}' at '{parameter}' must satisfy the pattern {pattern.pattern}")


def _invalid(message: str) -> AwsError:
    return logs_error("InvalidParameterException", message)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
