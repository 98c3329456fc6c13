"""A whole stage as its tests use it: send triggers, and read job logs, log groups, X-Ray, metrics and containers as a user does."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

from devkit.local_stack.stack import LocalStack
from jobctl.queries.job_state import JobState, states_of
from jobqueue.client.job_event import JobEvent
from jobqueue.client.job_log import read_job_events
from localaws.docker import Docker
from localaws.fargate.view import TaskView

SENDS = 10
TRACES = 5
"""Traces that BatchGetTraces takes: https://docs.aws.amazon.com/xray/latest/api/API_BatchGetTraces.html"""
ROOM_SECONDS = 150
"""For `LocalStack.settle`: a roll waits for a health check, whose interval is 30 s."""
LEASE_SECONDS = 10
VALUES = {
    "lease_seconds": LEASE_SECONDS,  # a dead worker's jobs come back soon
    "protection_after_seconds": 1,
    "settle_linger_seconds": 0.1,
    # Three calls more for each of hundreds of jobs, some 20 ms each in moto, beside leases of ten seconds (docs/decisions/0056).
    "job_records": False,
    "job_events": False,
}
"""What the stage of the tests has above a stage's own values."""


class StageRun:
    """One stage, shared by many tests. `docker` looks into its containers."""

    def __init__(self, stage: LocalStack, docker: Docker) -> None:
        self.stage = stage
        self.docker = docker
        self.began_ms = int(time.time() * 1000)
        self.sqs: Any = stage.clients("sqs")
        self.logs: Any = stage.clients("logs")
        self.xray: Any = stage.clients("xray")
        self.ecs: Any = stage.clients("ecs")

    def output(self, name: str) -> Any:
        """One of the stack's outputs."""
        return self.stage.outputs[name]

    def send(self, bodies: Sequence[str]) -> list[str]:
        """Sends triggers, as an outside system does; gives their MessageIds, which become the jobs' correlation ids."""
        sent = []
        for first in range(0, len(bodies), SENDS):
            entries = [
                {"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies[first : first + SENDS])
            ]
            answer = self.sqs.send_message_batch(
                QueueUrl=self.output("sqs_main_job_triggers_queue_url"), Entries=entries
            )
            assert not answer.get("Failed")
            by_id = {one["Id"]: one["MessageId"] for one in answer["Successful"]}
            sent += [by_id[str(number)] for number in range(len(entries))]
        return sent

    def job_events(self) -> list[JobEvent]:
        """The events of all job logs so far, overflow streams included."""
        return read_job_events(self.logs, self.output("cloudwatch_log_group_background_job"), self.began_ms)

    def stories(self, sent: Sequence[str]) -> list[JobState]:
        """The jobs of these triggers so far."""
        wanted = set(sent)
        return [story for story in states_of((), self.job_events()) if story.correlation_id in wanted]

    def completed(self, sent: Sequence[str], seconds: float = 300) -> list[JobState]:
        """Waits until every one of these has completed."""

        def done() -> list[JobState] | None:
            found = [story for story in self.stories(sent) if story.status == "completed"]
            return found if len(found) >= len(sent) else None

        return until(done, f"all of {len(sent)} jobs completed", seconds)

    def event_of(self, correlation_id: str, event: str, seconds: float = 60) -> JobEvent:
        """Waits for the first such event of a job."""

        def found() -> JobEvent | None:
            events = self.job_events()
            return next((one for one in events if (one.correlation_id, one.event) == (correlation_id, event)), None)

        return until(found, f"{event} of {correlation_id}", seconds)

    def dead_letters(self) -> list[int]:
        """The numbers of dead letters: triggers, then jobs."""
        name, counts = "ApproximateNumberOfMessages", []
        for letters in ("sqs_main_job_triggers_dlq_url", "sqs_background_jobs_dlq_url"):
            found = self.sqs.get_queue_attributes(QueueUrl=self.output(letters), AttributeNames=[name])
            counts.append(int(found["Attributes"][name]))
        return counts

    def streams(self, group: str, prefix: str) -> set[str]:
        """Names of log streams."""
        pages = self.logs.get_paginator("describe_log_streams").paginate(logGroupName=group, logStreamNamePrefix=prefix)
        return {stream["logStreamName"] for page in pages for stream in page["logStreams"]}

    def lines(self, group: str, stream: str) -> list[str]:
        """Everything in one log stream."""
        pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=group, logStreamNames=[stream])
        return [event["message"] for page in pages for event in page["events"]]

    def worker_lines(self, service: str, task: TaskView) -> list[dict[str, Any]]:
        """The log lines of a task's worker, each read as JSON."""
        group = self.output(f"cloudwatch_log_group_{service.replace('-', '_')}")
        return [json.loads(line) for line in self.lines(group, f"{service}/{service}/{task.task_id}")]

    def traces(self) -> dict[str, list[dict[str, Any]]]:
        """Every trace's segments, by trace id."""
        found: dict[str, list[dict[str, Any]]] = {}
        ids = list(self._trace_ids())
        for first in range(0, len(ids), TRACES):
            for trace in self.xray.batch_get_traces(TraceIds=ids[first : first + TRACES])["Traces"]:
                found[trace["Id"]] = [json.loads(segment["Document"]) for segment in trace["Segments"]]
        return found

    def _trace_ids(self) -> Iterator[str]:
        now = datetime.now(UTC)
        pages = self.xray.get_paginator("get_trace_summaries").paginate(
            StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=1)
        )
        return (summary["Id"] for page in pages for summary in page["TraceSummaries"])

    def metric_sums(self) -> dict[tuple[str, str], float]:
        """Sums of what was exported so far, by metric and queue; of histograms the counts."""
        sums: defaultdict[tuple[str, str], float] = defaultdict(float)
        for record in self.metric_records():
            for declared in record["_aws"]["CloudWatchMetrics"]:
                for metric in declared["Metrics"]:
                    value = record[metric["Name"]]
                    amount = value["Count"] if isinstance(value, dict) else value
                    sums[metric["Name"], record.get("messaging.destination.name", "")] += amount
        return sums

    def metric_records(self) -> list[dict[str, Any]]:
        """The EMF records of all tasks."""
        group = self.output("cloudwatch_log_group_metrics")
        pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [json.loads(event["message"]) for page in pages for event in page["events"]]

    def scale(self, service: str, tasks: int) -> None:
        """Sets the number of tasks, as `aws ecs update-service --desired-count` does; does not wait."""
        name = self.output(f"ecs_{service.replace('-', '_')}_service_name")
        self.ecs.update_service(cluster=self.output("ecs_cluster_name"), service=name, desiredCount=tasks)

    def task(self, service: str) -> TaskView:
        """The only task of a service."""
        (task,) = self.stage.tasks(service)
        return task

    def run_in(self, task: TaskView, container: str, code: str) -> str:
        """Runs Python in a task's container; gives its output."""
        container_id = task.container(container).container_id
        assert container_id is not None
        return self.docker.run("exec", container_id, "python", "-c", code)


def until(look: Callable[[], Any], what: str, seconds: float = 180) -> Any:
    """Waits for what sends no signal, by looking; gives what it found. Fails the test when it does not come.

    A look may read hundreds of traces: it takes at most a quarter of the time. The local AWS is one process, and a collector gives an export five
    seconds and then drops it.
    """
    ends, never = time.monotonic() + seconds, Event()
    while True:
        began = time.monotonic()
        if found := look():
            return found
        took = time.monotonic() - began
        assert time.monotonic() < ends, f"not in {seconds:.0f} s: {what}"
        never.wait(max(0.25, 3 * took))
