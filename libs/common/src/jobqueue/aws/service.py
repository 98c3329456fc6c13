"""One AWS JSON service at one endpoint. Any thread; never repeats a call."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from jobqueue.aws.answers import CallError, answer
from jobqueue.aws.credentials import Credentials, CredentialsError
from jobqueue.aws.wire import Wire

logger = logging.getLogger(__name__)

MAX_SKEW_SECONDS = 240
"""AWS refuses signatures that are five minutes old."""

USER_AGENT = "jobqueue"


@dataclass(frozen=True)
class Protocol:
    """How a service speaks: its name in signatures, the first part of targets, its content type, and more headers."""

    name: str
    target: str
    version: str
    headers: tuple[str, ...] = ()
    empty: frozenset[str] = frozenset()
    """Operations that answer with an empty body."""


SQS = Protocol("sqs", "AmazonSQS", "1.0", headers=("X-Amzn-Query-Mode: true",))
LOGS = Protocol("logs", "Logs_20140328", "1.1", empty=frozenset({"CreateLogStream"}))
DYNAMODB = Protocol("dynamodb", "DynamoDB_20120810", "1.0")
EVENTS = Protocol("events", "AWSEvents", "1.1")


class Service:
    """The port of all calls: `call(operation, parameters) -> answer`. `url` has a host and no path; `credentials` is asked before each call."""

    def __init__(
        self,
        wire: Wire,
        protocol: Protocol,
        url: str,
        region: str,
        credentials: Callable[[], Credentials],
        *,
        proxy: str = "",
    ) -> None:
        self._wire = wire
        self._protocol = protocol
        self._url = url.rstrip("/") + "/"
        self._signed_as = f"aws:amz:{region}:{protocol.name}"
        self._credentials = credentials
        self._proxy = proxy
        self._skew_seconds = 0.0
        self._headers = (
            f"Content-Type: application/x-amz-json-{protocol.version}",
            "Accept:",
            "Expect:",
            *protocol.headers,
        )

    def call(
        self, operation: str, parameters: Mapping[str, Any] | bytes, *, connect_seconds: float, seconds: float
    ) -> dict[str, Any]:
        """`parameters` in bytes are the JSON object itself.

        Raises:
            CallError: the service refused, or gave no answer.
        """
        try:
            credentials = self._credentials()
        except CredentialsError as error:
            raise CallError("InvalidHeader", str(error), unknown=False) from None
        headers = [f"X-Amz-Target: {self._protocol.target}.{operation}", *self._headers]
        if credentials.token:
            headers.append(f"X-Amz-Security-Token: {credentials.token}")
        if self._skew_seconds:
            headers.append(time.strftime("X-Amz-Date: %Y%m%dT%H%M%SZ", time.gmtime(time.time() + self._skew_seconds)))
        response = self._wire.perform(
            self._url,
            parameters if isinstance(parameters, bytes) else orjson.dumps(parameters),
            headers,
            signed_as=self._signed_as,
            access_key=credentials.access_key,
            secret_key=credentials.secret_key,
            user_agent=USER_AGENT,
            proxy=self._proxy,
            connect_seconds=connect_seconds,
            seconds=seconds,
        )
        if response.status in (400, 403):
            self._correct_clock(response.time())
        return answer(response, may_be_empty=operation in self._protocol.empty)

    def _correct_clock(self, theirs: float | None) -> None:
        if theirs is None:
            return
        ahead = theirs - time.time()
        skew = ahead if abs(ahead) > MAX_SKEW_SECONDS else 0.0
        if skew and not self._skew_seconds:
            logger.warning(
                "this machine's clock is %.0f s off AWS's; requests to %s are signed with its time. Set the clock",
                -skew,
                self._protocol.name,
            )
        self._skew_seconds = skew
