"""Attributes of a queue, checked and parsed when the queue is created.

Ranges and defaults: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html.
Attributes without a meaning here (policies, encryption) are kept and returned. That a redrive policy's dead-letter queue exists is checked by the
caller.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from localaws.fast_aws.errors import AwsError, invalid_value, sqs_error

_RANGES = {
    "DelaySeconds": (0, 900, 0),
    "MaximumMessageSize": (1024, 1_048_576, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600, 345_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20, 0),
    "VisibilityTimeout": (0, 43_200, 30),
}
"""Lowest, highest and default value; seconds, or bytes for MaximumMessageSize."""

_KEPT = frozenset(
    {"KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "Policy", "RedriveAllowPolicy", "SqsManagedSseEnabled"}
)


@dataclass(frozen=True, slots=True)
class Redrive:
    target_arn: str
    max_receive_count: int


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """`attributes` as GetQueueAttributes returns them, and the ones the queue acts on as numbers."""

    attributes: Mapping[str, str]
    delay_seconds: int
    maximum_message_size: int
    wait_seconds: int
    visibility_seconds: int
    redrive: Redrive | None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "QueueSettings":
        """The given attributes, and the defaults of the others.

        Raises: AwsError InvalidAttributeName or InvalidAttributeValue.
        """
        attributes = {name: str(default) for name, (_, _, default) in _RANGES.items()}
        attributes |= {"SqsManagedSseEnabled": "true"} | {name: _checked(name, value) for name, value in given.items()}
        number = {name: int(attributes[name]) for name in _RANGES}
        return cls(
            attributes=attributes,
            delay_seconds=number["DelaySeconds"],
            maximum_message_size=number["MaximumMessageSize"],
            wait_seconds=number["ReceiveMessageWaitTimeSeconds"],
            visibility_seconds=number["VisibilityTimeout"],
            redrive=_redrive(attributes.get("RedrivePolicy", "")),
        )


def _checked(name: str, value: str) -> str:
    if name in _RANGES:
        lowest, highest, _ = _RANGES[name]
        # Length first: int() of thousands of digits is refused by Python itself.
        if not (value.isascii() and value.isdecimal() and len(value) < 10 and lowest <= int(value) <= highest):
            raise sqs_error("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
        return str(int(value))
    if name != "RedrivePolicy" and name not in _KEPT:
        raise sqs_error("InvalidAttributeName", f"Unknown Attribute {name}.")
    return value


def _redrive(policy: str) -> Redrive | None:
    if not policy:
        return None
    try:
        parsed = orjson.loads(policy)
        redrive = Redrive(str(parsed["deadLetterTargetArn"]), int(parsed["maxReceiveCount"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise bad_redrive(policy, "It must have deadLetterTargetArn and maxReceiveCount.") from None
    if not 1 <= redrive.max_receive_count <= 1000:
        raise bad_redrive(policy, "Invalid value for maxReceiveCount: must be between 1 and 1000.")
    return redrive


def bad_redrive(policy: str, reason: str) -> AwsError:
    return invalid_value(policy, "RedrivePolicy", reason)
