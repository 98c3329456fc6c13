"""Queues, log group, table and backlog of a run, made in the local AWS before the consumer starts.

The background backlog and the floor's calls copy what the main job really sent and the background job really wrote (`Sample`), so that all three
carry the same bytes.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import orjson

from devkit.bench.environment import REGION, cleaned
from devkit.services import further_queues, make_job_table
from jobqueue.messages.job_id import new_job_id

if TYPE_CHECKING:
    from devkit.bench.plan import JobPath
    from localaws.fast_aws import FastAwsProcess

NAME, GROUP = "bench", "job-logs"
TRIGGERS, JOBS = "main-job-triggers", "background-jobs"
RECEIVE: dict[str, Any] = {
    "MaxNumberOfMessages": 10,
    "WaitTimeSeconds": 20,
    "VisibilityTimeout": 60,
    "MessageSystemAttributeNames": ["ApproximateReceiveCount", "SentTimestamp", "AWSTraceHeader", "MessageGroupId"],
    "MessageAttributeNames": ["All"],
}
"""What the consumer asks for, so that the floor's answers are as long."""
_TRIGGER = orjson.dumps(
    {
        "trigger": "api_call",
        "timestamp": "2026-01-01T00:00:00.000Z",
        "triggerBackgroundJob": True,
        "data": {"userId": "test123", "action": "process_data"},
    }
).decode()


@dataclass(frozen=True)
class Sample:
    """One background message as the main job sent it, and the events that the background job wrote about it."""

    job_id: str
    body: str
    attributes: Mapping[str, Mapping[str, str]]
    events: Sequence[str] = ()

    def entry(self, number: int) -> dict[str, Any]:
        """A batch entry with a job id and a trace of its own."""
        attributes = dict(self.attributes)
        job_id = new_job_id()
        if "jobId" in attributes:
            attributes["jobId"] = {**attributes["jobId"], "StringValue": job_id}
        if "traceparent" in attributes:
            context = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
            attributes["traceparent"] = {**attributes["traceparent"], "StringValue": context}
        return {
            "Id": str(number),
            "MessageBody": self.body.replace(self.job_id, job_id),
            "MessageAttributes": attributes,
        }


class Aws:
    """The queues, the log group and the table of the bench, in the stand-in."""

    def __init__(self, fast_aws: FastAwsProcess) -> None:
        self._fast_aws = fast_aws
        with cleaned():
            self._sqs: Any = boto3.client("sqs", region_name=REGION, endpoint_url=fast_aws.endpoint)
            self._logs: Any = boto3.client("logs", region_name=REGION, endpoint_url=fast_aws.endpoint)
            self._dynamodb: Any = boto3.client("dynamodb", region_name=REGION, endpoint_url=fast_aws.endpoint)
        self._urls: dict[str, str] = {}
        self._further: dict[str, str] = {}

    def renew(self) -> None:
        """Forgets every message, log, counter and fault, and makes the empty queues, the group and the table again."""
        self._fast_aws.reset()
        for name in (TRIGGERS, JOBS):
            dead = self._sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
            arn = self._sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            redrive = orjson.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 10}).decode()
            made = self._sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})
            self._urls |= {name: made["QueueUrl"], f"{name}-dlq": dead}
        self._further = {
            name: self._sqs.create_queue(QueueName=queue)["QueueUrl"] for name, queue in further_queues().items()
        }
        self._logs.create_log_group(logGroupName=GROUP)
        make_job_table(self._dynamodb, NAME)

    def environment(self, *, records: bool = False) -> dict[str, str]:
        """Environment variables that point a service at it; the same for both services. `records`: job records are kept."""
        return {
            **({"JOB_TABLE": f"{NAME}-jobs"} if records else {}),
            "AWS_ENDPOINT_URL": self._fast_aws.tls_endpoint(),
            "AWS_CA_BUNDLE": str(self._fast_aws.authority),
            "MAIN_JOB_TRIGGERS_QUEUE_URL": self._urls[TRIGGERS],
            "MAIN_JOB_TRIGGERS_DLQ_URL": self._urls[f"{TRIGGERS}-dlq"],
            "BACKGROUND_JOBS_QUEUE_URL": self._urls[JOBS],
            "BACKGROUND_JOBS_DLQ_URL": self._urls[f"{JOBS}-dlq"],
            **self._further,
            "JOB_LOG_GROUP": GROUP,
        }

    def fill(self, path: JobPath, count: int, sample: Sample | None) -> None:
        """Queue at least `count` messages for this path; without a sample, triggers. Counters are at zero afterwards."""
        queue = TRIGGERS if path.name == "main" else JOBS
        if queue == JOBS and sample is None:
            raise ValueError("background jobs are copies of a sample")
        for _ in range(0, count, 10):
            if queue == TRIGGERS or sample is None:
                entries = [{"Id": str(number), "MessageBody": _TRIGGER} for number in range(10)]
            else:
                entries = [sample.entry(number) for number in range(10)]
            self._sqs.send_message_batch(QueueUrl=self._urls[queue], Entries=entries)
        self._fast_aws.reset("calls")

    def sent_job(self) -> Sample:
        """One background message that the main job has sent."""
        answer = self._sqs.receive_message(QueueUrl=self._urls[JOBS], **RECEIVE)
        message = answer["Messages"][0]
        body = message["Body"]
        return Sample(orjson.loads(body)["jobId"], body, message["MessageAttributes"])

    def written_log(self) -> Sequence[str]:
        """The events of one job's log stream."""
        streams = self._logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="job-streams/")
        name = streams["logStreams"][0]["logStreamName"]
        answer = self._logs.get_log_events(logGroupName=GROUP, logStreamName=name, startFromHead=True)
        return [event["message"] for event in answer["events"]]
