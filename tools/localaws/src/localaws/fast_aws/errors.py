"""AWS errors and their wire format, from which botocore raises the modelled exceptions.

DynamoDB adds the item that was in a write's way. SQS moved from the query protocol to JSON and kept its old codes in a header, `x-amzn-query-error:
CODE;Sender`, which botocore puts in `Error.Code`; the modelled exception is found by the shape in `__type`. CloudWatch Logs has only `__type`.

    AwsError
      sqs_error(...)    shape and query code
      logs_error(...)   shape only
"""

from collections.abc import Mapping
from types import MappingProxyType

import orjson

_NOTHING: Mapping[str, object] = MappingProxyType({})


class AwsError(Exception):
    """An error as AWS answers it: `shape` is the modelled exception, `code` what botocore shows as code, `more` goes beside the message."""

    def __init__(
        self, shape: str, message: str, *, code: str, status: int, service: str, more: Mapping[str, object] = _NOTHING
    ) -> None:
        super().__init__(message)
        self.shape = shape
        self.code = code
        self.status = status
        self.service = service
        self.more = more
        # A request may hold lone surrogates, which UTF-8 cannot: the echo of one must not break the answer.
        self.message = message.encode("utf-8", "replace").decode("utf-8")

    def body(self) -> bytes:
        prefix = "com.amazonaws.sqs#" if self.service == "sqs" else ""
        return orjson.dumps({"__type": prefix + self.shape, "message": self.message, **self.more})

    def header(self) -> str:
        """The additional header line of the answer, with its line end, or nothing."""
        if self.service != "sqs":
            return ""
        side = "Sender" if self.status < 500 else "Receiver"
        return f"x-amzn-query-error: {self.code};{side}\r\n"


_PREFIX = "AWS.SimpleQueueService."

# Shapes whose query code differs from the shape's name.
_QUERY_CODES = {
    "QueueDoesNotExist": _PREFIX + "NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    "InvalidParameterValueException": "InvalidParameterValue",
    "MissingRequiredParameterException": "MissingParameter",
    **{
        shape: _PREFIX + shape
        for shape in (
            "BatchEntryIdsNotDistinct",
            "BatchRequestTooLong",
            "EmptyBatchRequest",
            "InvalidBatchEntryId",
            "MessageNotInflight",
            "TooManyEntriesInBatchRequest",
            "UnsupportedOperation",
        )
    },
}


def sqs_error(shape: str, message: str, *, status: int = 400) -> AwsError:
    return AwsError(shape, message, code=_QUERY_CODES.get(shape, shape), status=status, service="sqs")


def logs_error(shape: str, message: str, *, status: int = 400) -> AwsError:
    return AwsError(shape, message, code=shape, status=status, service="logs")


def invalid_parameter(message: str) -> AwsError:
    return sqs_error("InvalidParameterValueException", message)


def invalid_value(value: object, parameter: str, reason: str) -> AwsError:
    return invalid_parameter(f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def missing_parameter(name: str) -> AwsError:
    return sqs_error("MissingRequiredParameterException", f"The request must contain the parameter {name}.")


def throttled(service: str) -> AwsError:
    if service != "sqs":
        return logs_error("ThrottlingException", "Rate exceeded")
    return sqs_error("RequestThrottled", "Request is throttled.", status=403)


def internal_error(service: str) -> AwsError:
    make = sqs_error if service == "sqs" else logs_error
    return make("InternalError", "We encountered an internal error. Please try again.", status=500)
