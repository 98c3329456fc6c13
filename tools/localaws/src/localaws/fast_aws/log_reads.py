"""Reads of log events: GetLogEvents with its two tokens, FilterLogEvents over many streams.

Tokens are positions: they are valid as long as the same range is asked for and no older event arrives. Filter patterns: one plain or "quoted" term,
found as a substring; any other syntax is refused rather than misread.
"""

import re
from operator import itemgetter

from localaws.fast_aws.log_batch import EVENT_OVERHEAD_BYTES, MAX_BYTES, invalid
from localaws.fast_aws.log_store import Event, Group, LogStore, Stream
from localaws.fast_aws.message import Json

MAX_PAGE_EVENTS = 10_000
"""And at most 1 MB: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html."""

_TOKEN = re.compile(r"([fb])/([0-9]{56})/s")
_PLAIN_TERM = re.compile(r"\w+")
_QUOTED_TERM = re.compile(r'"((?:[^"\\]|\\.)*)"')


class LogReads:
    def __init__(self, store: LogStore) -> None:
        self._store = store

    def get_log_events(self, request: Json) -> Json:
        group = self._store.asked(request)
        stream = group.stream(request.get("logStreamName") or "")
        start, end_time = request.get("startTime"), request.get("endTime")
        events = _between(stream.events(), start, end_time)
        first, end = _window(events, request)
        shown = [
            {"timestamp": event.timestamp, "message": event.message, "ingestionTime": event.ingested}
            for event in events[first:end]
        ]
        # At either end of the stream the token is the one that was passed in.
        return {
            "events": shown,
            "nextForwardToken": f"f/{end:056d}/s",
            "nextBackwardToken": f"b/{first:056d}/s",
        }

    def filter_log_events(self, request: Json) -> Json:
        term = _term(request.get("filterPattern") or "")
        start, last = request.get("startTime"), request.get("endTime")
        # Unlike GetLogEvents, which leaves out events at endTime, this takes them in (API_FilterLogEvents).
        end_time = None if last is None else last + 1
        found = [
            (event.timestamp, event.number, stream.name, event)
            for stream in _streams(self._store.asked(request), request)
            for event in _between(stream.events(), start, end_time)
            if term in event.message
        ]
        found.sort(key=itemgetter(0, 1), reverse=request.get("startFromHead") is False)
        first = int(request.get("nextToken") or 0)
        end = first + (request.get("limit") or MAX_PAGE_EVENTS)
        shown = [
            {
                "logStreamName": name,
                "timestamp": event.timestamp,
                "message": event.message,
                "ingestionTime": event.ingested,
                "eventId": f"{event.number:056d}",
            }
            for _, _, name, event in found[first:end]
        ]
        answer: Json = {"events": shown, "searchedLogStreams": []}
        if end < len(found):
            answer["nextToken"] = str(end)
        return answer


def _streams(group: Group, request: Json) -> list[Stream]:
    names = request.get("logStreamNames")
    prefix = request.get("logStreamNamePrefix")
    if names and prefix:
        raise invalid("Only one of logStreamNames and logStreamNamePrefix may be given.")
    if names:
        return [group.stream(name) for name in names]
    return [stream for stream in group.streams.values() if stream.name.startswith(prefix or "")]


def _between(events: list[Event], start: int | None, end: int | None) -> list[Event]:
    """The events from `start` on and before `end`, in Unix milliseconds."""
    if start is None and end is None:
        return events
    return [e for e in events if (start is None or e.timestamp >= start) and (end is None or e.timestamp < end)]


def _window(events: list[Event], request: Json) -> tuple[int, int]:
    limit = request.get("limit") or MAX_PAGE_EVENTS
    token = request.get("nextToken")
    if token is None:
        forward, position = (True, 0) if request.get("startFromHead") else (False, len(events))
    else:
        parsed = _TOKEN.fullmatch(token)
        if parsed is None:
            raise invalid("The specified nextToken is invalid.")
        forward, position = parsed[1] == "f", min(int(parsed[2]), len(events))
    size = 0
    reached = position
    step = 1 if forward else -1
    while abs(reached - position) < limit and 0 <= (at := reached if forward else reached - 1) < len(events):
        size += EVENT_OVERHEAD_BYTES + len(events[at].message.encode())
        if size > MAX_BYTES and reached != position:
            break
        reached += step
    return min(position, reached), max(position, reached)


def _term(pattern: str) -> str:
    """The substring that is asked for; the empty pattern finds everything."""
    quoted = _QUOTED_TERM.fullmatch(pattern.strip())
    if quoted:
        return re.sub(r"\\(.)", r"\1", quoted[1])
    if not pattern.strip() or _PLAIN_TERM.fullmatch(pattern.strip()):
        return pattern.strip()
    raise invalid(f"The stand-in's filter patterns are one plain or quoted term, not {pattern}")
