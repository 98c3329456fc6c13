"""Entries of ReceiveMessage's answer, with the attributes that the request asked for.

Filters: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html.
"""

from localaws.fast_aws.message import Json, attributes_md5
from localaws.fast_aws.polls import Ask
from localaws.fast_aws.queue import Taken


def receipt(taken: Taken, ask: Ask) -> Json:
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
