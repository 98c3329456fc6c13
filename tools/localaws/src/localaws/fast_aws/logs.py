"""Operations of CloudWatch Logs that create, put and describe; those that read events are in `log_reads`.

Each operation takes the request's JSON and returns the answer's, or raises `AwsError`. CreateLogStream keeps to the fault plan's rate. Retention and
metric filters are not applied.
"""

import re
import time
from asyncio import AbstractEventLoop

from localaws.fast_aws.errors import throttled
from localaws.fast_aws.faults import FaultPlan
from localaws.fast_aws.log_batch import accept, invalid
from localaws.fast_aws.log_store import LogStore
from localaws.fast_aws.message import Json

_GROUP_NAME = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")
_STREAM_NAME = re.compile(r"[^:*]{1,512}")


class Logs:
    def __init__(self, store: LogStore, faults: FaultPlan, loop: AbstractEventLoop) -> None:
        self._store = store
        self._faults = faults
        self._loop = loop

    def create_log_group(self, request: Json) -> Json:
        name = request.get("logGroupName") or ""
        _check_name("logGroupName", name, _GROUP_NAME)
        self._store.create_group(name, _now_ms())
        return {}

    def create_log_stream(self, request: Json) -> Json:
        bucket = self._faults.create_log_stream_bucket
        if bucket is not None and not bucket.take(self._loop.time()):
            raise throttled("logs", "")
        name = request.get("logStreamName") or ""
        _check_name("logStreamName", name, _STREAM_NAME)
        self._store.create_stream(self._store.group(request.get("logGroupName") or ""), name, _now_ms())
        return {}

    def put_log_events(self, request: Json) -> Json:
        now = _now_ms()
        group = self._store.group(request.get("logGroupName") or "")
        stream = group.stream(request.get("logStreamName") or "")
        accepted = accept(request.get("logEvents") or [], now)
        number = self._store.put(stream, accepted.events, now)
        # Tokens are still answered, and no longer asked for (API_PutLogEvents).
        answer: Json = {"nextSequenceToken": f"{number:056d}"}
        if accepted.rejected:
            answer["rejectedLogEventsInfo"] = accepted.rejected
        return answer

    def describe_log_groups(self, request: Json) -> Json:
        prefix = request.get("logGroupNamePrefix") or ""
        groups = sorted((g for g in self._store.groups.values() if g.name.startswith(prefix)), key=lambda g: g.name)
        page, token = _page(request, len(groups))
        described = [
            {
                "logGroupName": group.name,
                "creationTime": group.created,
                "arn": group.arn + ":*",
                "logGroupArn": group.arn,
                "metricFilterCount": 0,
                "storedBytes": 0,
            }
            for group in groups[page]
        ]
        return {"logGroups": described, **token}

    def describe_log_streams(self, request: Json) -> Json:
        group = self._store.asked(request)
        prefix = request.get("logStreamNamePrefix") or ""
        by_time = request.get("orderBy") == "LastEventTime"
        if by_time and prefix:
            raise invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
        streams = sorted(
            (stream for stream in group.streams.values() if stream.name.startswith(prefix)),
            key=lambda stream: (stream.last_timestamp() if by_time else 0, stream.name),
            reverse=bool(request.get("descending")),
        )
        page, token = _page(request, len(streams))
        described = []
        for stream in streams[page]:
            entry: Json = {
                "logStreamName": stream.name,
                "creationTime": stream.created,
                "arn": stream.arn,
                "storedBytes": 0,
            }
            events = stream.events()
            if events:
                entry["firstEventTimestamp"] = events[0].timestamp
                entry["lastEventTimestamp"] = events[-1].timestamp
                entry["lastIngestionTime"] = max(event.ingested for event in events)
            described.append(entry)
        return {"logStreams": described, **token}


def _page(request: Json, length: int) -> tuple[slice, Json]:
    start = int(request.get("nextToken") or 0)
    end = start + (request.get("limit") or 50)
    return slice(start, end), ({"nextToken": str(end)} if end < length else {})


def _check_name(parameter: str, name: str, pattern: re.Pattern[str]) -> None:
    if not pattern.fullmatch(name):
        raise invalid(
            f"1 validation error detected: Value '{name}' at '{parameter}' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {pattern.pattern}"
        )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
