"""Send the triggers, wait until they are finished, and read their outcomes.

Sends at the pace of the jobs: moto's receive takes time in proportion to the queue's length, so few messages wait at any time. When the spans say
that all is finished, the fates are read from CloudWatch Logs and the dead-letter queues, and the jobs' records from their table, again until nothing
is missing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from devkit.demo.fates import Fate, differing, fates_of
from devkit.demo.highlights import in_batches
from devkit.demo.producer import Producer
from devkit.demo.progress import Progress, ProgressView, duplicates_of, handled_traces, progress_of
from jobctl.queries.dead_letter import DeadLetter
from jobctl.queries.dead_letter_queue import DeadLetterQueue
from jobctl.queries.dead_letters import peek
from jobctl.queries.job_state import states_of
from jobctl.queries.span import Span
from jobqueue.client.job_event import JobEvent
from jobqueue.client.job_log import read_job_events
from jobqueue.consumer.job_records import JobRecord
from jobqueue.dynamodb.items import read_record

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sqs import SQSClient
    from rich.console import Console

    from devkit.demo.triggers import PlannedTrigger
    from devkit.otlp import OtlpReceiver
    from devkit.services import Resources
    from jobctl.stop import StopSignals
    from localaws.processes import Processes

MAX_WAITING = 30
"""Triggers sent whose background job has not begun."""
TICK_SECONDS = 0.1
POLL_SECONDS = 1.0
"""Between two readings of the outcomes while one is missing."""
SILENT_SECONDS = 5.0
"""A trigger that is still missing after all queues were empty for so long is taken for lost."""
FLUSH_SECONDS = 0.4
"""Twice the services' span interval: what was recorded before this is received after it."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Outcomes of a run. `events`: of all jobs' logs; `records`: of all jobs; `differing`: fates that a record does not agree with."""

    fates: list[Fate]
    letters: list[DeadLetter]
    spans: list[Span]
    metric_names: set[str]
    events: list[JobEvent]
    records: Sequence[JobRecord] = ()
    differing: Sequence[Fate] = ()

    @property
    def lost(self) -> list[Fate]:
        """Number of triggers without a known outcome."""
        return [fate for fate in self.fates if fate.word == "lost"]

    @property
    def under_way(self) -> list[JobRecord]:
        """Batches and their jobs that are not over, which no trigger's fate tells."""
        return [record for record in in_batches(self.records) if not record.status.over]

    @property
    def missing(self) -> bool:
        """Not everything has ended, or is known to have."""
        return bool(self.lost or self.differing or self.under_way)


class Flow:
    """Owns one run of triggers."""

    def __init__(
        self,
        resources: Resources,
        sqs: SQSClient,
        logs: CloudWatchLogsClient,
        dynamodb: Any,
        telemetry: OtlpReceiver,
        processes: Processes,
        stop: StopSignals,
    ) -> None:
        self._resources = resources
        self._sqs = sqs
        self._logs = logs
        self._dynamodb = dynamodb
        self._telemetry = telemetry
        self._processes = processes
        self._stop = stop
        self._producer = Producer(sqs, resources.triggers)
        self._since_ms = int(time.time() * 1000)

    def run(self, plan: Sequence[PlannedTrigger], console: Console, wait_seconds: float) -> Findings:
        """Send all triggers and wait until they are finished, at most `wait_seconds`.

        Raises:
            ProcessDied: a service or the local AWS ended.
            Stopped: somebody asked us to end.
        """
        deadline = time.monotonic() + wait_seconds
        with ProgressView(console) as view:
            progress = self._send_all(plan, view, deadline)
            self._wait_for_all(view, progress, deadline)
            findings = self._wait_for_outcomes(deadline)
            self._stop.wait(FLUSH_SECONDS)
            view.show(self._progress(len(plan)), last=True)
        spans = [*self._producer.spans, *self._telemetry.spans()]
        return replace(findings, spans=spans, metric_names=self._telemetry.metric_names())

    def _send_all(self, plan: Sequence[PlannedTrigger], view: ProgressView, deadline: float) -> Progress:
        for trigger in plan:
            progress = self._step(view, len(plan))
            while progress.sent - progress.begun >= MAX_WAITING and time.monotonic() < deadline:
                self._stop.wait(TICK_SECONDS)
                progress = self._step(view, len(plan))
            self._producer.send(trigger)
        return self._step(view, len(plan))

    def _wait_for_all(self, view: ProgressView, progress: Progress, deadline: float) -> None:
        """Until the spans say that all is finished, or the queues have been empty for long, or time is up."""
        quiet_since = look_at = time.monotonic()
        while progress.finished < progress.sent and time.monotonic() < deadline:
            self._stop.wait(TICK_SECONDS)
            now, before = time.monotonic(), progress
            progress = self._step(view, progress.planned)
            if now >= look_at:
                look_at = now + POLL_SECONDS
                if self._held() or progress != before:
                    quiet_since = now
                elif now - quiet_since > SILENT_SECONDS:
                    return

    def _wait_for_outcomes(self, deadline: float) -> Findings:
        silent_at = time.monotonic() + SILENT_SECONDS
        while True:
            found, now = self._outcomes(), time.monotonic()
            if found.under_way:
                silent_at = now + SILENT_SECONDS
            if not found.missing or now > min(silent_at, deadline):
                return found
            self._processes.check()
            self._stop.wait(POLL_SECONDS)

    def _outcomes(self) -> Findings:
        resources = self._resources
        letters: list[DeadLetter] = []
        for pair in resources.queues.values():
            with peek(DeadLetterQueue(self._sqs, pair.url, pair.dead_letter_url), wait_seconds=0) as found:
                letters += sorted(found, key=lambda one: one.delivery.sent_ms)
        events = read_job_events(self._logs, resources.job_log_group, self._since_ms)
        spans = self._telemetry.spans()
        handled, duplicates = handled_traces(spans, resources.triggers.name), duplicates_of(spans)
        fates = fates_of(self._producer.sent, states_of((), events), letters, handled, duplicates)
        records = read_records(self._dynamodb, resources.job_table)
        dead = {one.job_id for one in letters if one.queue != resources.triggers.dead_letter_name}
        by_id = {record.key.job_id: record for record in records}
        return Findings(fates, letters, [], set(), events, records, differing(fates, by_id, dead))

    def _step(self, view: ProgressView, planned: int) -> Progress:
        self._stop.check()
        self._processes.check()
        progress = self._progress(planned)
        view.show(progress)
        return progress

    def _progress(self, planned: int) -> Progress:
        return progress_of(planned, self._producer.sent, self._telemetry.spans(), self._resources.triggers.name)

    def _held(self) -> int:
        """Messages that wait or are being worked on, in all queues."""
        held = 0
        for pair in self._resources.queues.values():
            counts = self._sqs.get_queue_attributes(
                QueueUrl=pair.url,
                AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
            )["Attributes"]
            held += sum(int(count) for count in counts.values())
        return held


def read_records(dynamodb: Any, table: str) -> list[JobRecord]:
    """The record of every job; what else the table holds (steps, unique keys, shards of batches) has no status."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [read_record(item) for page in pages for item in page["Items"] if "status" in item]
