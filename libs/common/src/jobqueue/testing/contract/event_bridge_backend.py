"""An EventBridge server for the suite of event buses: a local one, never AWS's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import count
from typing import Any

from jobqueue.aws.service import EVENTBRIDGE, SQS
from jobqueue.aws.session import Session
from jobqueue.consumer.end_events import EventBus
from jobqueue.eventbridge.event_bus import EventBridgeBus
from jobqueue.messages.job_end import SOURCE
from jobqueue.messages.limits import MAX_PER_CALL
from jobqueue.sqs.queue import SqsQueue

_numbers = count(1)


class EventBridgeBackend:
    """Implements `EventBusBackend`: each bus has a rule whose target is a queue."""

    def __init__(self, endpoint: str) -> None:
        environ = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
        session = Session("us-east-1", environ)
        self._events = session.service(EVENTBRIDGE, seconds=30)
        self._sqs = session.service(SQS, seconds=30)

    def bus(self) -> EventBus:
        """See the protocol."""
        name = f"contract-{next(_numbers)}"
        url = self._sqs.call("CreateQueue", {"QueueName": f"{name}-events"})["QueueUrl"]
        asked = {"QueueUrl": url, "AttributeNames": ["QueueArn"]}
        arn = self._sqs.call("GetQueueAttributes", asked)["Attributes"]["QueueArn"]
        self._queue = SqsQueue(self._sqs, url, lease_seconds=30)
        self._events.call("CreateEventBus", {"Name": name})
        pattern = json.dumps({"source": [SOURCE]})
        self._events.call("PutRule", {"Name": "all", "EventBusName": name, "EventPattern": pattern})
        target = {"Id": "queue", "Arn": arn}
        self._events.call("PutTargets", {"Rule": "all", "EventBusName": name, "Targets": [target]})
        return EventBridgeBus(self._events, name)

    def missing(self) -> EventBus:
        """See the protocol."""
        return EventBridgeBus(self._events, "missing")

    def arrived(self, count: int) -> list[Mapping[str, Any]]:
        """See the protocol. Blocks until they are there; at most ten polls."""
        found: list[Mapping[str, Any]] = []
        for _ in range(10):
            if len(found) >= count:
                break
            deliveries = self._queue.receive(MAX_PER_CALL, 10)
            found += [json.loads(delivery.body) for delivery in deliveries]
            self._queue.delete(deliveries)
        return found
