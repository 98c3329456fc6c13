"""boto3's clients of SQS and DynamoDB behind the library's port of calls: its adapters work with the login, the profile and the retries of boto3."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any

from jobqueue.aws.answers import CallError
from jobqueue.foreign_text import first_line


class BotoCalls:
    """Implements `jobqueue.aws.service.Calls`. The client's own time-outs hold. Its error is the cause of each `CallError`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def call(
        self, operation: str, parameters: Mapping[str, Any] | bytes, *, seconds: float | None = None
    ) -> dict[str, Any]:
        """See the port."""
        assert not isinstance(parameters, bytes)
        from botocore import xform_name
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        asked = dict(parameters)
        if "Entries" in asked:
            asked["Entries"] = [_with_binaries(one, b64decode) for one in asked["Entries"]]
        try:
            answer: dict[str, Any] = getattr(self._client, xform_name(operation))(**asked)
        except ClientError as error:
            said, status = error.response.get("Error", {}), error.response["ResponseMetadata"]["HTTPStatusCode"]
            text = first_line(said.get("Message", ""))
            raise CallError(
                said.get("Code", ""), text, status=status, unknown=status >= 500, said=error.response
            ) from error
        except ResponseParserError as error:
            raise CallError("UnexpectedAnswer", "it cannot be read", status=200, unknown=True) from error
        except BotoCoreError as error:
            raise CallError(type(error).__name__, first_line(error), unknown=True) from error
        if "Messages" in answer:
            answer["Messages"] = [_with_binaries(one, b64encode) for one in answer["Messages"]]
        return answer


def _with_binaries(message: Mapping[str, Any], convert: Callable[[bytes], bytes]) -> Mapping[str, Any]:
    """A message or an entry; boto3 has bytes where JSON has base64."""
    stated = {
        name: value | {"BinaryValue": convert(value["BinaryValue"])} if "BinaryValue" in value else value
        for name, value in message.get("MessageAttributes", {}).items()
    }
    return {**message, "MessageAttributes": stated} if stated else message
