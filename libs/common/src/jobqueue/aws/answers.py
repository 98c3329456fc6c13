"""What counts as an answer of an AWS JSON service. Pure.

A success is status 200 with a whole body (its length as announced, or chunks up to the last) that holds a JSON object; only operations that say so
may answer with nothing. libcurl takes an answer that ends inside its headers for 200 with no bytes, and a body that ends with its connection for
whole. Everything else may have taken effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson

from jobqueue.foreign_text import first_line

UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What the reading of an answer raises that is JSON, but not the service's."""


NO_CREDENTIALS = frozenset({"NoCredentials", "CredentialsUnavailable"})
"""The port's own codes: there are none to sign with, for good or for the moment. The error says what to do."""

NO_PERMISSION = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "KMS.AccessDeniedException"})
"""AWS's codes for a right that is missing, on the resource or on its key."""

BAD_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSecurity",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
"""AWS's codes for a signature that it does not take, of all services and in both spellings.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html, and the same page of the others."""


class CallError(Exception):
    """A call failed. `code` is AWS's own, or how the way to AWS failed; `status` is 0 where no answer came.

    `unknown`: the call may have taken effect nevertheless. `said`: the whole of a refusal, where it was a JSON object.
    """

    def __init__(
        self, code: str, text: str, *, status: int = 0, unknown: bool, said: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        super().__init__(text)
        self.code = code
        self.status = status
        self.unknown = unknown
        self.said = said


@dataclass(frozen=True)
class Response:
    """What came back. `length` is the body's as announced, -1 where it was not."""

    status: int
    length: int
    header_lines: Sequence[bytes]
    body: bytes

    def header(self, name: bytes) -> str:
        """By its lower-case name; empty where there is none."""
        for line in self.header_lines:
            key, _, value = line.partition(b":")
            if key.lower() == name:
                return value.strip().decode("latin-1")
        return ""

    def time(self) -> float | None:
        """Seconds since 1970 by the peer's clock."""
        from email.utils import parsedate_to_datetime  # late: only a refusal's clock is looked at

        try:
            return parsedate_to_datetime(self.header(b"date")).timestamp()
        except ValueError:
            return None


def answer(response: Response, *, may_be_empty: bool) -> dict[str, Any]:
    """The object that a success holds.

    Raises:
        CallError: it is none.
    """
    if response.status != 200:
        raise _refusal(response)
    body = response.body
    whole = len(body) == response.length or (
        response.length < 0 and response.header(b"transfer-encoding").lower() == "chunked"
    )
    if whole and not body and may_be_empty:
        return {}
    try:
        value = orjson.loads(body) if whole else None
    except ValueError:
        value = None
    if not isinstance(value, dict):
        cut = "is not a JSON object" if whole else f"was cut after {len(body)} bytes"
        raise CallError("UnexpectedAnswer", f"HTTP 200, and the answer {cut}", status=200, unknown=True)
    return value


def _refusal(response: Response) -> CallError:
    try:
        value = orjson.loads(response.body)
    except ValueError:
        value = None
    said: dict[str, Any] = value if isinstance(value, dict) else {}
    # SQS's older code, which its own documentation uses, then the JSON protocol's
    code = response.header(b"x-amzn-query-error").partition(";")[0]
    code = code or str(said.get("__type") or said.get("code") or response.header(b"x-amzn-errortype"))
    code = code.partition(":")[0].rpartition("#")[2] or str(response.status)
    text = first_line(said.get("message") or said.get("Message") or f"HTTP {response.status}")
    request_id = response.header(b"x-amzn-requestid")
    if request_id:  # what AWS's support asks for
        text = f"{text} (request {first_line(request_id)})"
    return CallError(code, text, status=response.status, unknown=not 400 <= response.status < 500, said=said)
