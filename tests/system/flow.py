"""Queues with their dead-letter queues, and the log group, made on the stand-in for each system test; and its workers."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from devkit.services import further_queues

from .worker import Worker

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

    from localaws.fast_aws import Control

LOG_GROUP = "/jobs"
TRIGGERS, TRIGGERS_DLQ, JOBS, JOBS_DLQ = "triggers", "triggers-dlq", "jobs", "jobs-dlq"
FURTHER = further_queues()
VARIANTS = Path(__file__).parent / "variants.py"

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "us-east-1"}
ISOLATION = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""Nothing of the machine's own AWS set-up reaches a worker."""

QUICK = {
    "POLL_WAIT_SECONDS": "1",
    "GRACE_SECONDS": "10",
    "JOB_LOG_FLUSH_SECONDS": "5",
    "SETTLE_FLUSH_SECONDS": "5",
    "TELEMETRY_FLUSH_SECONDS": "1",
    "STOP_TIMEOUT_SECONDS": "30",
    "RETRY_FIRST_SECONDS": "0.1",
    "RETRY_MAX_SECONDS": "2",
}
"""Short polls and retries; what a test is about it sets itself."""


class Flow:
    """Queues, log group and workers of one test. `close` kills what still runs."""

    def __init__(self, aws: Control, sqs: SQSClient, logs: CloudWatchLogsClient, folder: Path) -> None:
        self.aws = aws
        self.sqs = sqs
        self.logs = logs
        self._folder = folder
        self._workers: list[Worker] = []
        self.urls: dict[str, str] = {}
        self.max_receive_count = 0

    def make(self, *, max_receive_count: int = 10) -> None:
        """Makes everything anew."""
        self.aws.reset()
        self.max_receive_count = max_receive_count
        for name, dead_letters in ((TRIGGERS, TRIGGERS_DLQ), (JOBS, JOBS_DLQ)):
            self.urls[dead_letters] = self.sqs.create_queue(QueueName=dead_letters)["QueueUrl"]
            arn = f"arn:aws:sqs:us-east-1:000000000000:{dead_letters}"
            redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": max_receive_count})
            self.urls[name] = self.sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})["QueueUrl"]
        self.urls |= {queue: self.sqs.create_queue(QueueName=queue)["QueueUrl"] for queue in FURTHER.values()}
        self.logs.create_log_group(logGroupName=LOG_GROUP)

    def environ(self, **settings: object) -> dict[str, str]:
        """The whole environment of a worker."""
        return {
            "PATH": os.environ["PATH"],
            **CREDENTIALS,
            **ISOLATION,
            **QUICK,
            "AWS_ENDPOINT_URL": self.aws.endpoint,
            "MAIN_JOB_TRIGGERS_QUEUE_URL": self.urls[TRIGGERS],
            "MAIN_JOB_TRIGGERS_DLQ_URL": self.urls[TRIGGERS_DLQ],
            "BACKGROUND_JOBS_QUEUE_URL": self.urls[JOBS],
            "BACKGROUND_JOBS_DLQ_URL": self.urls[JOBS_DLQ],
            **{name: self.urls[queue] for name, queue in FURTHER.items()},
            "JOB_LOG_GROUP": LOG_GROUP,
            "JOB_LOG_STREAMS_PER_SECOND": "1000",
            "MAX_RECEIVE_COUNT": str(self.max_receive_count),
            **{name: str(value) for name, value in settings.items()},
        }

    def start(self, name: str, *arguments: str, **settings: object) -> Worker:
        """Starts `main_job` or `background_job` as a module, or one of `variants.py`."""
        code = ["-m", name] if name in ("main_job", "background_job") else [str(VARIANTS), name]
        health = str(self._folder / f"{len(self._workers)}.health")
        environ = self.environ(HEALTH_FILE=health, **settings)
        worker = Worker(name, [sys.executable, *code, *arguments], environ)
        self._workers.append(worker)
        return worker

    def close(self) -> None:
        """Kills the workers of this test."""
        for worker in self._workers:
            worker.kill()

    def trigger(self, trigger: str = "test", **fields: Any) -> str:
        """Sends a trigger; gives its MessageId."""
        return self.send(TRIGGERS, json.dumps({"trigger": trigger, **fields}))

    def job(self, job_type: str, *, job_id: str | None = None, **trigger_data: Any) -> str:
        """Sends a background job as the main job would; gives its MessageId."""
        trigger = {"trigger": "test", "data": trigger_data}
        body = {"jobId": job_id, "jobType": job_type, "data": {"originalTrigger": trigger, "mainJobResult": None}}
        return self.send(JOBS, json.dumps(body))

    def send(self, queue: str, body: str) -> str:
        """Sends any text to any queue; gives its MessageId."""
        return self.sqs.send_message(QueueUrl=self.urls[queue], MessageBody=body)["MessageId"]

    def counts(self, queue: str) -> Mapping[str, int]:
        """The numbers of messages `visible`, `in_flight` and `delayed`."""
        return self.aws.queues()[queue]

    def calls(self, operation: str) -> Mapping[str, int]:
        """The stand-in's counters of one operation; empty before its first call."""
        counters: dict[str, dict[str, int]] = self.aws.calls()["operations"]
        return counters.get(operation, {})

    def held(self, *queues: str) -> int:
        """The number of messages in these queues, hidden and delayed ones included."""
        counts = self.aws.queues()
        return sum(sum(counts[queue].values()) for queue in queues)

    def take_all(self, queue: str) -> Iterator[MessageTypeDef]:
        """Receives what is visible, with all attributes, and leaves it hidden."""
        while messages := self.sqs.receive_message(
            QueueUrl=self.urls[queue],
            MaxNumberOfMessages=10,
            VisibilityTimeout=600,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        ).get("Messages"):
            yield from messages

    def log_events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every event of the log group with its stream's name, in order of time."""
        for page in self.logs.get_paginator("filter_log_events").paginate(logGroupName=LOG_GROUP):
            for event in page["events"]:
                yield event["logStreamName"], json.loads(event["message"])


def until(state: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Waits for a state that sends no signal, by looking ten times a second. Fails the test when it does not come."""
    ends, never = time.monotonic() + seconds, Event()
    while not state():
        assert time.monotonic() < ends, f"not in {seconds:.0f} s: {what}"
        never.wait(0.1)
