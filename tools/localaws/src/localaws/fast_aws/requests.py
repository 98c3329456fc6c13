"""A request's JSON, and the number of entries that it counts for."""

import json

import orjson

from localaws.fast_aws.errors import logs_error, sqs_error
from localaws.fast_aws.message import Json


def parsed(body: bytes, service: str) -> Json:
    """The JSON object of a request's body. Raises: AwsError SerializationException."""
    try:
        request = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        try:
            # orjson refuses lone surrogates; SQS reads them and refuses the message by its own error.
            request = json.loads(body)
        except ValueError:
            request = None
    if not isinstance(request, dict):
        make = sqs_error if service == "sqs" else logs_error
        raise make("SerializationException", "The request's body is no JSON object.")
    return request


def entries(operation: str, request: Json, answer: Json) -> int:
    if operation == "ReceiveMessage":
        return len(answer.get("Messages", ()))
    several = request.get("Entries") or request.get("logEvents")
    return len(several) if several else 1
