"""Table of queues: finds them, delivers their messages to receivers, and moves exhausted ones to dead-letter queues.

A queue's URL is the server's endpoint, a fixed account and the name; a queue is found by the name alone.
"""

import asyncio
import time

from localaws.fast_aws.errors import missing_parameter, sqs_error
from localaws.fast_aws.message import Json, attributes_md5
from localaws.fast_aws.polls import Ask, Polls
from localaws.fast_aws.queue import Queue, Taken
from localaws.fast_aws.queue_settings import QueueSettings

ACCOUNT = "000000000000"
REGION = "us-east-1"


class Queues:
    """Owns every queue and its waiting polls."""

    def __init__(self, endpoint: str) -> None:
        self._prefix = f"{endpoint}/{ACCOUNT}/"
        self._queues: dict[str, tuple[Queue, Polls]] = {}
        self._loop = asyncio.get_running_loop()

    def of(self, request: Json) -> Queue:
        """The queue of a request's QueueUrl. Raises: AwsError QueueDoesNotExist."""
        url: str | None = request.get("QueueUrl")
        if not url:
            raise missing_parameter("QueueUrl")
        queue = self.named(url.rpartition("/")[2])
        if queue is None:
            raise sqs_error("QueueDoesNotExist", "The specified queue does not exist.")
        return queue

    def named(self, name: str) -> Queue | None:
        entry = self._queues.get(name)
        return entry[0] if entry else None

    def by_arn(self, arn: str) -> Queue | None:
        return self.named(arn.rpartition(":")[2])

    def names(self) -> list[str]:
        return sorted(self._queues)

    def url(self, name: str) -> str:
        return self._prefix + name

    def add(self, name: str, settings: QueueSettings) -> None:
        queue = Queue(name, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}", settings, int(time.time()))
        self._queues[name] = (queue, Polls(queue, self.take))

    def remove(self, queue: Queue) -> None:
        """Forget the queue; its waiting polls are answered empty."""
        _, polls = self._queues.pop(queue.name)
        polls.close()

    def polls(self, queue: Queue) -> Polls:
        return self._queues[queue.name][1]

    def serve(self, queue: Queue) -> None:
        """Serve waiting polls. To be called whenever messages of the queue may be visible, or its next timer is earlier."""
        self._queues[queue.name][1].serve()

    def take(self, queue: Queue, ask: Ask) -> list[Json]:
        """Receive the messages that are visible, without waiting; exhausted messages are moved to the dead-letter queue."""
        redrive = queue.settings.redrive
        target = self.by_arn(redrive.target_arn) if redrive else None
        # Without its target a policy has no effect: the message stays and is delivered.
        limit = redrive.max_receive_count if redrive and target else None
        now = self._loop.time()
        taken, exhausted = queue.receive(ask.limit, ask.visibility_seconds, limit, now, now_ms())
        if exhausted and target:
            for message in exhausted:
                # A standard queue keeps id, body, attributes, receive count and the original SentTimestamp.
                message.system["DeadLetterQueueSourceArn"] = queue.arn
                target.put(message, 0, now)
            self.serve(target)
        return [_receipt(one, ask) for one in taken]

    def counts(self) -> dict[str, dict[str, int]]:
        now = self._loop.time()
        return {name: self._queues[name][0].counts(now) for name in self.names()}

    def clear(self) -> None:
        for queue, _ in list(self._queues.values()):
            self.remove(queue)


def now_ms() -> int:
    """Unix milliseconds."""
    return time.time_ns() // 1_000_000


def _receipt(taken: Taken, ask: Ask) -> Json:
    """An entry of ReceiveMessage's answer, with the attributes that the request asked for."""
    message, handle = taken
    entry: Json = {
        "MessageId": message.message_id,
        "ReceiptHandle": handle,
        "MD5OfBody": message.body_md5,
        "Body": message.body,
    }
    if ask.system_names:
        system = {
            **message.system,
            "ApproximateReceiveCount": str(message.receive_count),
            "ApproximateFirstReceiveTimestamp": str(message.first_received_ms),
        }
        if "All" not in ask.system_names:
            system = {name: value for name, value in system.items() if name in ask.system_names}
        if system:
            entry["Attributes"] = system
    if message.attributes and ask.attribute_names:
        attributes = message.attributes
        if "All" not in ask.attribute_names:
            attributes = {n: v for n, v in attributes.items() if _asked(n, ask.attribute_names)}
        if attributes:
            whole = len(attributes) == len(message.attributes)
            entry["MessageAttributes"] = attributes
            entry["MD5OfMessageAttributes"] = message.attributes_md5 if whole else attributes_md5(attributes)
    return entry


def _asked(name: str, wanted: tuple[str, ...]) -> bool:
    """Whether a pattern matches: a name, `.*` for all, or a prefix as `bar.*`. `All` is handled by the caller."""
    return any(pattern == name or (pattern.endswith(".*") and name.startswith(pattern[:-2])) for pattern in wanted)
