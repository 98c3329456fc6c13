"""Log groups, streams and events in memory.

Events of a stream are returned by timestamp, those with the same timestamp in the order of their arrival. Nothing expires.
"""

from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from localaws.fast_aws.errors import logs_error
from localaws.fast_aws.message import Json

ACCOUNT = "000000000000"
REGION = "us-east-1"


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
    arn: str
    created: int
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

    def last_timestamp(self) -> int:
        return self.events()[-1].timestamp if self._events else 0


@dataclass(slots=True)
class Group:
    name: str
    arn: str
    created: int
    streams: dict[str, Stream] = field(default_factory=dict)

    def stream(self, name: str) -> Stream:
        """Raises: AwsError ResourceNotFoundException."""
        stream = self.streams.get(name)
        if stream is None:
            raise logs_error("ResourceNotFoundException", "The specified log stream does not exist.")
        return stream


class LogStore:
    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}
        self._number = 0

    def group(self, name: str) -> Group:
        """Raises: AwsError ResourceNotFoundException."""
        group = self.groups.get(name)
        if group is None:
            raise logs_error("ResourceNotFoundException", "The specified log group does not exist.")
        return group

    def asked(self, request: Json) -> Group:
        """The group by name or ARN, as every read takes it. Raises: AwsError ResourceNotFoundException."""
        identifier: str = request.get("logGroupIdentifier") or request.get("logGroupName") or ""
        return self.group(identifier.removesuffix(":*").rpartition(":log-group:")[2])

    def create_group(self, name: str, now_ms: int) -> None:
        """Raises: AwsError ResourceAlreadyExistsException."""
        if name in self.groups:
            raise logs_error("ResourceAlreadyExistsException", "The specified log group already exists")
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}"
        self.groups[name] = Group(name, arn, now_ms)

    def create_stream(self, group: Group, name: str, now_ms: int) -> None:
        """Raises: AwsError ResourceAlreadyExistsException."""
        if name in group.streams:
            raise logs_error("ResourceAlreadyExistsException", "The specified log stream already exists")
        group.streams[name] = Stream(name, f"{group.arn}:log-stream:{name}", now_ms)

    def put(self, stream: Stream, events: list[tuple[int, str]], now_ms: int) -> int:
        """Returns the number of events ever stored, which grows with every put."""
        first = self._number
        stream.add([Event(at, text, now_ms, first + i) for i, (at, text) in enumerate(events)])
        self._number += len(events)
        return self._number

    def clear(self) -> None:
        self.groups.clear()
