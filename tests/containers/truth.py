"""The truth about a run, read with plain boto3 from CloudWatch Logs, X-Ray and SQS.

By other calls than `jobctl` makes where there are others. Logs: every stream from its head (GetLogEvents), never a filter. X-Ray: every trace, no
filter expression. SQS: the raw messages.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from jobqueue.messages.job_id import derive_job_id

SERVICES = {"main-job": "main_job", "background-job": "background_job"}
QUEUES = {"main-job": "main_job_triggers", "background-job": "background_jobs"}
MOVED_BY_SQS = "moved_by_sqs"
AT_ONCE = 5
"""Traces that BatchGetTraces takes."""


@dataclass(frozen=True)
class Record:
    """One log event. `fields`: its JSON, empty where it is none."""

    service: str
    stream: str
    at_ms: int
    fields: Mapping[str, Any]

    @property
    def in_job_log(self) -> bool:
        return self.stream.startswith("job-streams")


@dataclass(frozen=True)
class Letter:
    """One message of a dead-letter queue, as SQS gives it. `source` is the name of the queue that it came from."""

    queue: str
    source: str
    message: Mapping[str, Any]

    def said(self, name: str) -> str:
        return str(self.message.get("MessageAttributes", {}).get(name, {}).get("StringValue", ""))

    @property
    def reason(self) -> str:
        return self.said("deadLetterReason") or MOVED_BY_SQS

    @property
    def sent_ms(self) -> int:
        return int(self.message["Attributes"]["SentTimestamp"])

    @property
    def job_id(self) -> str:
        return self.said("jobId") or derive_job_id(self.source, self.message["MessageId"], self.sent_ms)

    @property
    def body(self) -> dict[str, Any]:
        try:
            found = json.loads(self.message["Body"])
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def job_type(self) -> str:
        return str(self.body.get("trigger") or self.body.get("jobType") or "-")


@dataclass(frozen=True)
class Piece:
    """A segment or a subsegment of X-Ray. `segment` is the document that it is in, `above` the id of its parent."""

    document: Mapping[str, Any]
    segment: Mapping[str, Any]
    above: str

    def tells(self, name: str, otherwise: Any = None) -> Any:
        """An annotation or metadata, its own or its segment's."""
        for one in (self.document, self.segment):
            for values in (one.get("annotations", {}), *one.get("metadata", {}).values()):
                if name in values:
                    return values[name]
        return otherwise


class Truth:
    """What a run left; each part is read once, when it is first needed."""

    def __init__(self, clients: Any, outputs: Mapping[str, Any]) -> None:
        self._logs, self._sqs, self._xray = clients("logs"), clients("sqs"), clients("xray")
        self._outputs = outputs

    def group(self, service: str) -> str:
        return str(self._outputs[f"cloudwatch_log_group_{SERVICES[service]}"])

    def queue_name(self, service: str) -> str:
        return str(self._outputs[f"sqs_{QUEUES[service]}_queue_url"].rpartition("/")[2])

    @cached_property
    def records(self) -> list[Record]:
        """The events of both services' log groups, by time."""
        found = [
            Record(service, stream, at_ms, read_object(text))
            for service in SERVICES
            for stream in self.streams(self.group(service))
            for at_ms, text in self.events(self.group(service), stream)
        ]
        return sorted(found, key=lambda one: one.at_ms)

    @cached_property
    def by_job(self) -> dict[str, list[Record]]:
        """Events by job id: those of the job's log, and the services' lines that name the job and the end of an attempt."""
        found = defaultdict(list)
        for one in self.records:
            if one.fields.get("jobId") and (one.in_job_log or "outcome" in one.fields):
                found[one.fields["jobId"]].append(one)
        return dict(found)

    @cached_property
    def letters(self) -> list[Letter]:
        """All of both dead-letter queues, visible again when this returns."""
        return [letter for service in SERVICES for letter in self._letters(service)]

    @cached_property
    def traces(self) -> dict[str, list[Piece]]:
        """The pieces of every trace, by its id without dashes; a segment only where it has no subsegments."""
        found = {}
        ids = [one["Id"] for one in self._summaries()]
        for start in range(0, len(ids), AT_ONCE):
            for trace in self._xray.batch_get_traces(TraceIds=ids[start : start + AT_ONCE])["Traces"]:
                documents = [json.loads(segment["Document"]) for segment in trace["Segments"]]
                found[trace["Id"][2:].replace("-", "")] = [piece for one in documents for piece in _pieces(one)]
        return found

    @cached_property
    def trace_ids(self) -> dict[str, str]:
        """Trace ids by job id: the trace in which an attempt of the main job names that job."""
        return {
            job: trace_id
            for trace_id, pieces in self.traces.items()
            for piece in pieces
            if piece.segment["name"] == "main-job" and (job := piece.tells("jobs.job_id"))
        }

    def attempts(self, trace_id: str) -> list[Piece]:
        """The attempts of a trace, in the order of their beginnings."""
        pieces = [one for one in self.traces.get(trace_id, ()) if one.document["name"].startswith("process ")]
        return sorted(pieces, key=lambda one: float(one.document["start_time"]))

    def streams(self, group: str) -> list[str]:
        pages = self._logs.get_paginator("describe_log_streams").paginate(logGroupName=group)
        return [stream["logStreamName"] for page in pages for stream in page["logStreams"]]

    def events(self, group: str, stream: str) -> Iterator[tuple[int, str]]:
        token: dict[str, str] = {}
        while True:
            said = self._logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **token)
            yield from ((event["timestamp"], event["message"]) for event in said["events"])
            if not said["events"] or token.get("nextToken") == said["nextForwardToken"]:
                return
            token = {"nextToken": said["nextForwardToken"]}

    def attempts_counted(self, since_ms: float) -> dict[str, dict[str, int]]:
        """The attempts that metrics have counted since then, by queue and outcome."""
        found: dict[str, dict[str, int]] = {}
        group = self._outputs["cloudwatch_log_group_metrics"]
        for stream in self.streams(group):
            for at_ms, text in self.events(group, stream):
                event = read_object(text)
                if "jobs.attempts" in event and at_ms >= since_ms:
                    counts = found.setdefault(event["messaging.destination.name"], {})
                    outcome = event["jobs.outcome"]
                    counts[outcome] = counts.get(outcome, 0) + round(event["jobs.attempts"])
        return found

    def _letters(self, service: str) -> list[Letter]:
        url, source = self._outputs[f"sqs_{QUEUES[service]}_dlq_url"], self.queue_name(service)
        found: dict[str, Any] = {}
        receipts = []
        while messages := self._sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=60,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages"):
            found |= {one["MessageId"]: one for one in messages}
            receipts += [one["ReceiptHandle"] for one in messages]
        for receipt in receipts:
            self._sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)
        return [Letter(url.rpartition("/")[2], source, one) for one in found.values()]

    def _summaries(self) -> Iterator[Any]:
        now = datetime.now(UTC)
        pages = self._xray.get_paginator("get_trace_summaries").paginate(
            StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=1)
        )
        return (summary for page in pages for summary in page["TraceSummaries"])


def read_object(text: str) -> dict[str, Any]:
    """A line's JSON; empty where it is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _pieces(segment: Mapping[str, Any]) -> Iterator[Piece]:
    """The pieces of a segment. Its subsegments get the segment's own parent: the segment stands for the attempt that is in it."""
    above = segment.get("parent_id", "")
    if not segment.get("subsegments"):
        yield Piece(segment, segment, above)
    waiting = [(one, above) for one in segment.get("subsegments", ())]
    while waiting:
        one, parent = waiting.pop()
        yield Piece(one, segment, parent)
        waiting += [(below, one["id"]) for below in one.get("subsegments", ())]
