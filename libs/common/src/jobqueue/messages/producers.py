"""Producers: bodies that AWS services send, and the trigger that each stands for. Pure, any thread.

The specification is docs/reference/producers.md.

| Producer | Recognized by | The trigger's name | Its data |
|---|---|---|---|
| SNS, raw delivery off | `Type`, `MessageId`, `TopicArn`, `Message` | the topic's | `Message` |
| EventBridge | `version`, `id`, `detail-type`, `source`, `time`, `detail` | `detail-type` | `detail` |
| S3 | `Records`, each with `eventSource` aws:s3, `eventName` and `s3` | `s3` | `{"records": Records}` |

The body in an SNS `Message` is first read as if it had come by itself: a trigger, an EventBridge event or an S3 notification stays what it is.

One field alone proves nothing: a plain trigger may have any of these names. Shapes:
https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-enable-disable-notification-intro.html (the test event)
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html (what a schedule without an Input sends)
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from jobqueue.messages.errors import NothingToDo, Undecodable
from jobqueue.messages.json import MAX_LEVELS, JsonObject, read_object

S3_TRIGGER = "s3"
_SNS = {"Type": str, "MessageId": str, "TopicArn": str, "Message": str}
_SNS_CONFIRMATION = {"Token": str, "SubscribeURL": str}
_EVENTBRIDGE = {"version": str, "id": str, "detail-type": str, "source": str, "time": str, "detail": (dict, str)}
_S3_RECORD = {"eventSource": str, "eventName": str, "s3": dict}
_S3_TEST = {"Service": str, "Event": str, "Bucket": str}


def opened(body: JsonObject) -> JsonObject:
    """The trigger that a producer's body stands for, or for SNS whatever was published. `body` itself where no producer is recognized:
    then the reader says what is missing.

    Raises:
        NothingToDo: S3's test event.
        Undecodable: it is a producer's, and can never be a job.
    """
    if not body:
        raise Undecodable(
            "wrong_schema",
            "the body is empty ({}), as EventBridge Scheduler sends it: give the schedule an Input, a whole trigger as JSON",
        )
    if _has(body, _SNS) and (body["Type"] == "Notification" or _has(body, _SNS_CONFIRMATION)):
        return _published(body)
    return _event(body) or body


def _event(body: JsonObject) -> JsonObject | None:
    if _has(body, _EVENTBRIDGE):
        return {
            "trigger": body["detail-type"],
            "timestamp": body["time"],
            "correlationId": body["id"],
            "data": _detail(body["detail"]),
            "event": {name: value for name, value in body.items() if name != "detail"},
        }
    records = body.get("Records")
    if isinstance(records, list) and records and all(_is_s3(record) for record in records):
        return {"trigger": S3_TRIGGER, "timestamp": records[0].get("eventTime"), "data": {"records": records}}
    if _has(body, _S3_TEST) and (body["Service"], body["Event"]) == ("Amazon S3", "s3:TestEvent"):
        raise NothingToDo(f"S3's test event: bucket {body['Bucket']} may send its notifications here")
    return None


def _published(envelope: JsonObject) -> JsonObject:
    """From SNS. The ids are attributes there, as they would be SQS's with raw delivery, and go before the body's as those do."""
    topic = envelope["TopicArn"].rpartition(":")[2]
    if envelope["Type"] != "Notification":
        raise Undecodable(
            "wrong_schema",
            f"{envelope['Type']:.40} of SNS topic {topic}: confirm it with the SubscribeURL in the body",
        )
    try:
        message = read_object(envelope["Message"], max_levels=MAX_LEVELS)
    except Undecodable as error:
        raise Undecodable(error.reason, f"the Message of SNS topic {topic}: {error.detail}") from error
    ids = {name: stated for name in ("jobId", "correlationId") if (stated := _attribute(envelope, name))}
    if "trigger" in message or "jobType" in message:
        return {**message, **ids}
    if (event := _event(message)) is not None:
        return {**event, **ids}
    return {
        "trigger": topic,
        "timestamp": envelope.get("Timestamp"),
        "correlationId": envelope["MessageId"],
        **ids,
        "data": message,
        "event": {name: envelope[name] for name in ("TopicArn", "MessageId", "Subject") if name in envelope},
    }


def _attribute(envelope: JsonObject, name: str) -> str | None:
    attributes = envelope.get("MessageAttributes")
    one = attributes.get(name) if isinstance(attributes, dict) else None
    value = one.get("Value") if isinstance(one, dict) and one.get("Type") == "String" else None
    return value if isinstance(value, str) else None


def _detail(detail: Any) -> JsonObject:
    """An object; EventBridge Scheduler writes it as text."""
    if isinstance(detail, dict):
        return detail
    with suppress(Undecodable):
        return read_object(detail, max_levels=MAX_LEVELS)
    raise Undecodable("wrong_schema", "the event's detail must be an object")


def _is_s3(record: Any) -> bool:
    return isinstance(record, dict) and _has(record, _S3_RECORD) and record["eventSource"] == "aws:s3"


def _has(body: JsonObject, fields: dict[str, Any]) -> bool:
    return all(isinstance(body.get(name), kind) for name, kind in fields.items())
