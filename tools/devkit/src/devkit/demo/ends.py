"""The bus that the demo's services tell ends of jobs on, and the queue that a rule brings them to (docs/howto/react-to-outcomes.md)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobqueue.messages.job_end import SOURCE
from localaws.aws import clients_of

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from localaws.aws import LocalAws


@dataclass(frozen=True)
class Bus:
    """The bus's name, and the queue of its events."""

    name: str
    queue_url: str


def make_bus(aws: LocalAws, sqs: SQSClient, name: str) -> Bus:
    """Makes the bus, a queue `{name}-ends`, and the rule between."""
    url = sqs.create_queue(QueueName=f"{name}-ends")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events = clients_of(aws.endpoint)("events")
    events.create_event_bus(Name=name)
    events.put_rule(Name="ends", EventBusName=name, EventPattern=json.dumps({"source": [SOURCE]}))
    events.put_targets(Rule="ends", EventBusName=name, Targets=[{"Id": "queue", "Arn": arn}])
    return Bus(name, url)


def ends_summary(sqs: SQSClient, bus: Bus) -> str:
    """A sentence such as `Events on bus demo: 8 Job Completed, 2 Job Dead.`; takes them from the queue."""
    found: dict[str, str] = {}
    while messages := sqs.receive_message(QueueUrl=bus.queue_url, MaxNumberOfMessages=10).get("Messages"):
        for event in (json.loads(message["Body"]) for message in messages):
            found[event["detail"]["id"]] = event["detail-type"]
    counts = Counter(found.values())
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "none"
    return f"Events on bus {bus.name}: {said}."
