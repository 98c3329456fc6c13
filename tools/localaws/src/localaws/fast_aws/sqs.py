"""Operations of SQS on messages: send, receive, delete and change visibility, alone and in batches.

Each operation takes the request's JSON and returns the answer's JSON, or raises `AwsError`; a receive that has to wait returns a `Poll`. Of the
injected faults, only the failures of single batch entries are handled here.
"""

import re
from asyncio import AbstractEventLoop
from collections.abc import Callable

from localaws.fast_aws.errors import AwsError, invalid_value, missing_parameter, sqs_error
from localaws.fast_aws.faults import FaultPlan
from localaws.fast_aws.message import Draft, Json, Message, check_batch_size, check_size, draft, new_message_id
from localaws.fast_aws.polls import Ask, Poll
from localaws.fast_aws.queue import MAX_VISIBILITY_SECONDS, Queue
from localaws.fast_aws.queues import Queues, now_ms

SENDER_ID = "AIDAFASTAWSSENDER0000"
MAX_DELAY_SECONDS = 900
MAX_WAIT_SECONDS = 20
MAX_RECEIVED = 10
MAX_ENTRIES = 10
"""Of a batch, with ids of up to 80 letters, digits, hyphens and underscores
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatchRequestEntry.html)."""
_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


class Sqs:
    """The message operations. Messages belong to their queue; this class only numbers them."""

    def __init__(self, queues: Queues, faults: FaultPlan, loop: AbstractEventLoop) -> None:
        self._queues = queues
        self._faults = faults
        self._loop = loop
        self._serial = 0

    def send_message(self, request: Json) -> Json:
        queue = self._queues.of(request)
        answer = self._put(queue, request, draft(request))
        self._queues.serve(queue)
        return answer

    def send_message_batch(self, request: Json) -> Json:
        queue = self._queues.of(request)
        entries = _entries_of(request)
        drafts: dict[str, Draft | AwsError] = {}
        for entry in entries:
            try:
                drafts[entry["Id"]] = draft(entry)
            except AwsError as error:
                drafts[entry["Id"]] = error
        check_batch_size(sum(checked.size for checked in drafts.values() if isinstance(checked, Draft)))

        def put(entry: Json) -> Json:
            checked = drafts[entry["Id"]]
            if isinstance(checked, AwsError):
                raise checked
            return self._put(queue, entry, checked)

        answer = _each(entries, put, self._faults.entry_failure("SendMessageBatch"))
        self._queues.serve(queue)  # after the last entry: a waiting poll gets all ten at once
        return answer

    def receive_message(self, request: Json) -> Json | Poll:
        queue = self._queues.of(request)
        ask = _ask(request, queue)
        messages = self._queues.take(queue, ask)
        if not messages and ask.wait_seconds:
            return self._queues.polls(queue).wait(ask)
        return received(messages)

    def delete_message(self, request: Json) -> Json:
        queue = self._queues.of(request)
        queue.delete(_handle(request), self._loop.time())
        return {}

    def delete_message_batch(self, request: Json) -> Json:
        queue = self._queues.of(request)
        now = self._loop.time()

        def delete(entry: Json) -> Json:
            queue.delete(_handle(entry), now)
            return {}

        entries = _entries_of(request)
        return _each(entries, delete, self._faults.entry_failure("DeleteMessageBatch"))

    def change_message_visibility(self, request: Json) -> Json:
        queue = self._queues.of(request)
        answer = self._change(queue, request)
        self._queues.serve(queue)
        return answer

    def change_message_visibility_batch(self, request: Json) -> Json:
        queue = self._queues.of(request)
        answer = _each(
            _entries_of(request),
            lambda entry: self._change(queue, entry),
            self._faults.entry_failure("ChangeMessageVisibilityBatch"),
        )
        self._queues.serve(queue)
        return answer

    def _change(self, queue: Queue, request: Json) -> Json:
        seconds = request.get("VisibilityTimeout")
        if seconds is None:
            raise missing_parameter("VisibilityTimeout")
        queue.change_visibility(_handle(request), seconds, self._loop.time())
        return {}

    def _put(self, queue: Queue, request: Json, checked: Draft) -> Json:
        check_size(checked.size, queue.settings.maximum_message_size)
        delay = request.get("DelaySeconds")
        if delay is None:
            delay = queue.settings.delay_seconds
        _within(delay, "DelaySeconds", MAX_DELAY_SECONDS)
        self._serial += 1
        message = Message(
            serial=self._serial,
            message_id=new_message_id(),
            body=checked.body,
            body_md5=checked.body_md5,
            attributes=checked.attributes,
            attributes_md5=checked.attributes_md5,
            system={"SenderId": SENDER_ID, "SentTimestamp": str(now_ms()), **checked.system},
        )
        queue.put(message, delay, self._loop.time())
        answer = {"MessageId": message.message_id, "MD5OfMessageBody": checked.body_md5}
        if checked.attributes_md5:
            answer["MD5OfMessageAttributes"] = checked.attributes_md5
        if checked.system_md5:
            answer["MD5OfMessageSystemAttributes"] = checked.system_md5
        return answer


def received(messages: list[Json]) -> Json:
    """The answer of a receive; as with AWS, an empty one has no list."""
    return {"Messages": messages} if messages else {}


def _ask(request: Json, queue: Queue) -> Ask:
    limit = request.get("MaxNumberOfMessages")
    if limit is None:
        limit = 1
    elif not 1 <= limit <= MAX_RECEIVED:
        reason = f"Must be between 1 and {MAX_RECEIVED}, if provided."
        raise invalid_value(limit, "MaxNumberOfMessages", reason)
    visibility = request.get("VisibilityTimeout")
    if visibility is None:
        visibility = queue.settings.visibility_seconds
    wait = request.get("WaitTimeSeconds")
    if wait is None:
        wait = queue.settings.wait_seconds
    _within(visibility, "VisibilityTimeout", MAX_VISIBILITY_SECONDS)
    _within(wait, "WaitTimeSeconds", MAX_WAIT_SECONDS)
    names = (*(request.get("AttributeNames") or ()), *(request.get("MessageSystemAttributeNames") or ()))
    return Ask(limit, visibility, wait, frozenset(names), tuple(request.get("MessageAttributeNames") or ()))


def _within(value: int, parameter: str, highest: int) -> None:
    if not 0 <= value <= highest:
        raise invalid_value(value, parameter, f"Must be >= 0 and <= {highest}, if provided.")


def _handle(request: Json) -> str:
    handle = request.get("ReceiptHandle")
    if not handle:
        raise missing_parameter("ReceiptHandle")
    return str(handle)


def _entries_of(request: Json) -> list[Json]:
    """The entries of a batch request. Raises: AwsError when the batch as a whole is refused."""
    entries: list[Json] = request.get("Entries") or []
    if not entries:
        raise sqs_error("EmptyBatchRequest", "There should be at least one entry in the request.")
    if len(entries) > MAX_ENTRIES:
        raise sqs_error(
            "TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {MAX_ENTRIES}. You have sent {len(entries)}.",
        )
    seen: set[str] = set()
    for entry in entries:
        entry_id = entry.get("Id") or ""
        if not _ENTRY_ID.fullmatch(entry_id):
            raise sqs_error(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long.",
            )
        if entry_id in seen:
            raise sqs_error("BatchEntryIdsNotDistinct", f"Id {entry_id} repeated.")
        seen.add(entry_id)
    return entries


def _each(entries: list[Json], do: Callable[[Json], Json], fails: Callable[[], bool]) -> Json:
    """Do every entry; one that is refused, or that an injected fault fails, does not stop the others."""
    successful: list[Json] = []
    failed: list[Json] = []
    for entry in entries:
        entry_id = entry["Id"]
        if fails():
            failed.append(
                {
                    "Id": entry_id,
                    "SenderFault": False,
                    "Code": "InternalError",
                    "Message": "Injected failure.",
                }
            )
            continue
        try:
            successful.append({"Id": entry_id, **do(entry)})
        except AwsError as error:
            failed.append({"Id": entry_id, "SenderFault": True, "Code": error.code, "Message": error.message})
    # AWS leaves an empty list out of some answers; botocore's callers must use get() for both.
    answer: Json = {}
    if successful:
        answer["Successful"] = successful
    if failed:
        answer["Failed"] = failed
    return answer
