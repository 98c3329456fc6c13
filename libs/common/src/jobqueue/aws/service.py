"""One AWS JSON service at one endpoint. Any thread; never repeats a call."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from typing import Protocol as Interface

import orjson

from jobqueue.aws.answers import CallError, Response, answer
from jobqueue.aws.credentials import Credentials, CredentialsError
from jobqueue.aws.wire import Wire

logger = logging.getLogger(__name__)

MAX_SKEW_SECONDS = 240
"""AWS refuses signatures that are five minutes old."""

USER_AGENT = "jobqueue"


CONNECT_SHARE, MAX_CONNECT_SECONDS = 0.3, 5.0
"""Of a call's time, for the connection."""


@dataclass(frozen=True)
class Protocol:
    """How a service speaks: its name in signatures, in variables (`AWS_ENDPOINT_URL_...`), the first part of targets, its content type, and more
    headers."""

    name: str
    variable: str
    target: str
    version: str
    headers: tuple[str, ...] = ()
    empty: frozenset[str] = frozenset()
    """Operations that answer with an empty body."""


SQS = Protocol("sqs", "SQS", "AmazonSQS", "1.0", headers=("X-Amzn-Query-Mode: true",))
LOGS = Protocol("logs", "CLOUDWATCH_LOGS", "Logs_20140328", "1.1", empty=frozenset({"CreateLogStream"}))
ECS = Protocol("ecs", "ECS", "AmazonEC2ContainerServiceV20141113", "1.1")
EVENTBRIDGE = Protocol("events", "EVENTBRIDGE", "AWSEvents", "1.1")
DYNAMODB = Protocol("dynamodb", "DYNAMODB", "DynamoDB_20120810", "1.0")


class Calls(Interface):
    """The port of all calls to one service, in its JSON protocol: numbers and texts as they are, bytes in base64."""

    def call(
        self, operation: str, parameters: Mapping[str, Any] | bytes, *, seconds: float | None = None
    ) -> dict[str, Any]:
        """The answer. `parameters` in bytes are the JSON object itself; `seconds`: how long it may take, if not as all others.

        Raises:
            CallError: the service refused, or gave no answer.
        """


class BegunCalls(Calls, Interface):
    """Calls that need no thread to wait in."""

    def begin(
        self,
        operation: str,
        parameters: Mapping[str, Any] | bytes,
        then: Callable[[dict[str, Any] | CallError], None],
        *,
        seconds: float | None = None,
    ) -> None:
        """`then` gets the answer, or the error, once, in the thread of all requests: it must not wait for anything.

        Raises:
            CallError: the call was not begun; `then` is not called.
        """


class Service:
    """Implements `BegunCalls`. `url` has a host and no path; `credentials` is asked before each call."""

    def __init__(
        self,
        wire: Wire,
        protocol: Protocol,
        url: str,
        region: str,
        credentials: Callable[[], Credentials],
        *,
        seconds: float,
        proxy: str = "",
    ) -> None:
        self._wire = wire
        self._protocol = protocol
        self._url = url.rstrip("/") + "/"
        self._signed_as = f"aws:amz:{region}:{protocol.name}"
        self._credentials = credentials
        self._seconds = seconds
        self._proxy = proxy
        self._skew_seconds = 0.0
        self._headers = (
            f"Content-Type: application/x-amz-json-{protocol.version}",
            "Accept:",
            "Expect:",
            *protocol.headers,
        )

    def call(
        self, operation: str, parameters: Mapping[str, Any] | bytes, *, seconds: float | None = None
    ) -> dict[str, Any]:
        """See the port. Waits for a lock, which a signal interrupts."""
        told: list[dict[str, Any] | CallError] = []
        done = Lock()
        done.acquire()

        def take(result: dict[str, Any] | CallError) -> None:
            told.append(result)
            done.release()

        self.begin(operation, parameters, take, seconds=seconds)
        done.acquire()
        result = told.pop()
        if isinstance(result, CallError):
            try:
                raise result
            finally:
                del result  # else it and its traceback hold each other, and the request's body
        return result

    def begin(
        self,
        operation: str,
        parameters: Mapping[str, Any] | bytes,
        then: Callable[[dict[str, Any] | CallError], None],
        *,
        seconds: float | None = None,
    ) -> None:
        """See the port."""
        seconds = self._seconds if seconds is None else seconds
        try:
            credentials = self._credentials()
        except CredentialsError as error:
            code = "CredentialsUnavailable" if error.passing else "NoCredentials"
            raise CallError(code, str(error), unknown=False) from None
        headers = [f"X-Amz-Target: {self._protocol.target}.{operation}", *self._headers]
        if credentials.token:
            headers.append(f"X-Amz-Security-Token: {credentials.token}")
        if self._skew_seconds:
            headers.append(time.strftime("X-Amz-Date: %Y%m%dT%H%M%SZ", time.gmtime(time.time() + self._skew_seconds)))
        may_be_empty = operation in self._protocol.empty
        self._wire.begin(
            self._url,
            parameters if isinstance(parameters, bytes) else _json(parameters),
            headers,
            signed_as=self._signed_as,
            access_key=credentials.access_key,
            secret_key=credentials.secret_key,
            user_agent=USER_AGENT,
            proxy=self._proxy,
            connect_seconds=min(seconds * CONNECT_SHARE, MAX_CONNECT_SECONDS),
            seconds=seconds,
            then=lambda result: then(self._read(result, may_be_empty=may_be_empty)),
        )

    def _read(self, result: Response | CallError, *, may_be_empty: bool) -> dict[str, Any] | CallError:
        if isinstance(result, CallError):
            return result
        if result.status in (400, 403):
            self._correct_clock(result.time())
        try:
            return answer(result, may_be_empty=may_be_empty)
        except CallError as error:
            return error.with_traceback(None)

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


def _json(parameters: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(parameters)
    except TypeError:  # half a surrogate pair, which only an escape can write: the service names the entry that has it
        return json.dumps(parameters).encode()
