"""Operations of SQS on queues: create, find, describe and delete.

Each operation takes the request's JSON and returns the answer's JSON, or raises `AwsError`. Standard queues only: a FIFO name is refused. A deleted
name may be used again at once, which AWS allows after 60 seconds.
"""

import re
from asyncio import AbstractEventLoop

from localaws.fast_aws.errors import invalid_parameter, sqs_error
from localaws.fast_aws.message import Json
from localaws.fast_aws.queue_settings import QueueSettings, bad_redrive
from localaws.fast_aws.queues import Queues

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")


class QueueOperations:
    def __init__(self, queues: Queues, loop: AbstractEventLoop) -> None:
        self._queues = queues
        self._loop = loop

    def create_queue(self, request: Json) -> Json:
        name: str = request.get("QueueName") or ""
        given: dict[str, str] = request.get("Attributes") or {}
        if name.endswith(".fifo") or given.get("FifoQueue") == "true":
            raise sqs_error("UnsupportedOperation", "The fast AWS serves standard queues only.")
        if not _NAME.fullmatch(name):
            raise invalid_parameter(
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
            )
        existing = self._queues.named(name)
        if existing is None:
            self._queues.add(name, self._settings(given, name))
        else:
            for attribute, value in given.items():
                if existing.settings.attributes.get(attribute) != value:
                    raise sqs_error(
                        "QueueNameExists",
                        f"A queue already exists with the same name and a different value for attribute {attribute}",
                    )
        return {"QueueUrl": self._queues.url(name)}

    def get_queue_url(self, request: Json) -> Json:
        queue = self._queues.of({"QueueUrl": request.get("QueueName")})
        return {"QueueUrl": self._queues.url(queue.name)}

    def delete_queue(self, request: Json) -> Json:
        self._queues.remove(self._queues.of(request))
        return {}

    def get_queue_attributes(self, request: Json) -> Json:
        queue = self._queues.of(request)
        counts = queue.counts(self._loop.time())
        attributes = {
            **queue.settings.attributes,
            "ApproximateNumberOfMessages": str(counts["visible"]),
            "ApproximateNumberOfMessagesNotVisible": str(counts["in_flight"]),
            "ApproximateNumberOfMessagesDelayed": str(counts["delayed"]),
            "CreatedTimestamp": str(queue.created),
            "LastModifiedTimestamp": str(queue.created),
            "QueueArn": queue.arn,
        }
        wanted = request.get("AttributeNames") or ()
        if "All" not in wanted:
            attributes = {name: value for name, value in attributes.items() if name in wanted}
        return {"Attributes": attributes} if attributes else {}

    def _settings(self, given: dict[str, str], name: str) -> QueueSettings:
        settings = QueueSettings.of(given)
        if given.get("RedrivePolicy") and settings.redrive:
            target = self._queues.by_arn(settings.redrive.target_arn)
            if target is None or target.name == name:
                raise bad_redrive(given["RedrivePolicy"], "Dead letter target does not exist.")
        return settings
