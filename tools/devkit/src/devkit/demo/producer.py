"""Producer of the demo's triggers, outside of the services: plain boto3, and the first span of each trace."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from devkit.demo.fates import SentTrigger
from devkit.demo.triggers import PlannedTrigger, stated_job_id
from jobctl.queries.span import Span
from jobqueue.messages.job_id import new_job_id
from jobqueue.telemetry import names
from jobqueue.telemetry.trace_headers import SAMPLED, TRACEPARENT, write_traceparent

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from devkit.services import QueuePair

SERVICE = "demo"


class Producer:
    """Sends triggers, and owns the record of those sent and their spans."""

    def __init__(self, sqs: SQSClient, queue: QueuePair) -> None:
        self._sqs = sqs
        self._queue = queue
        self.sent: list[SentTrigger] = []
        self.spans: list[Span] = []

    def send(self, trigger: PlannedTrigger) -> None:
        """Sends one trigger in a trace of its own.

        Raises:
            botocore.exceptions.ClientError: SQS refused it.
        """
        trace_id, span_id = secrets.token_hex(16), secrets.token_hex(8)
        job_id = new_job_id() if trigger.chosen_id else stated_job_id(trigger.body)
        attributes: dict[str, Any] = {TRACEPARENT: _text(write_traceparent(trace_id, span_id, SAMPLED))}
        if trigger.chosen_id:
            attributes["jobId"] = _text(job_id)
        start_ns = time.time_ns()
        answer = self._sqs.send_message(
            QueueUrl=self._queue.url, MessageBody=trigger.body, MessageAttributes=attributes
        )
        self.spans.append(
            Span(
                trace_id=trace_id,
                span_id=span_id,
                parent_id="",
                name=names.SEND.of(self._queue.name),
                service=SERVICE,
                kind="producer",
                start_ns=start_ns,
                end_ns=time.time_ns(),
                attributes={names.OPERATION_NAME: names.SEND.operation, names.DESTINATION: self._queue.name},
            )
        )
        self.sent.append(
            SentTrigger(
                number=len(self.sent) + 1,
                what=trigger.what,
                message_id=answer["MessageId"],
                job_id=job_id,
                trace_id=trace_id,
                sent_ms=start_ns // 1_000_000,
                wants_job=trigger.wants_job,
            )
        )


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}
