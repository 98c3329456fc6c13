"""One API call, from its arrival to its answer: latency, injected faults, the operation, the response.

Half of the latency passes before the work and the rest after it, so that other clients see the effect of a call before its own answer arrives, as
over a real network. A call whose client has disconnected is still carried out, except a long poll, which stops waiting.
"""

import asyncio
import itertools
import json
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from localaws.fast_aws.connection import Connection
from localaws.fast_aws.errors import AwsError, internal_error, logs_error, sqs_error, throttled
from localaws.fast_aws.faults import Fault, FaultPlan
from localaws.fast_aws.message import Json
from localaws.fast_aws.polls import Poll
from localaws.fast_aws.sqs import received
from localaws.fast_aws.tally import OperationTally, Tally

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    service: str
    """sqs, logs or dynamodb."""
    run: Callable[[Json], Json | Poll]
    tally: OperationTally


class Call:
    def __init__(
        self, operation: Operation, body: bytes, connection: Connection, faults: FaultPlan, tally: Tally
    ) -> None:
        self._operation = operation
        self._body = body
        self._connection = connection
        self._faults = faults
        self._tally = tally
        self._loop = asyncio.get_running_loop()
        self._fault: Fault | None = None
        self._poll: Poll | None = None
        self._gone = False
        self._hangs = False
        self._request: Json = {}
        self._latency = faults.latency_seconds(operation.name)
        self._answer_at = 0.0

    def start(self) -> None:
        self._connection.call = self
        self._tally.started(self._operation.tally)
        self._fault = self._faults.draw(self._operation.name)
        if self._latency:
            self._answer_at = self._loop.time() + self._latency
            self._loop.call_later(self._latency / 2, self._work)
        else:
            self._work()

    def abandoned(self) -> None:
        self._gone = True
        if self._poll is not None:
            self._poll.cancel()
            self._poll = None
            self._tally.ended(self._operation.tally)
        elif self._hangs:
            self._hangs = False
            self._tally.ended(self._operation.tally)

    def _work(self) -> None:
        row = self._operation.tally
        fault = self._fault
        if fault is not None:
            setattr(row, fault.value, getattr(row, fault.value) + 1)
        if fault is Fault.CUT_BEFORE:
            self._tally.ended(row)
            self._connection.cut()
        elif fault is Fault.HUNG_BEFORE:
            self._hang()
        elif fault is Fault.THROTTLED:
            self._refuse(throttled(self._operation.service))
        elif fault is Fault.INTERNAL_ERROR:
            self._refuse(internal_error(self._operation.service))
        else:
            self._run()

    def _run(self) -> None:
        row = self._operation.tally
        try:
            self._request = _parsed(self._body, self._operation.service)
            outcome = self._operation.run(self._request)
        except AwsError as error:
            if error.shape == "ThrottlingException":
                row.throttled += 1
            else:
                row.refused += 1
            self._refuse(error)
        except Exception:  # noqa: BLE001 - a defect of ours must be loud here and a 500 there
            traceback.print_exc(file=sys.stderr)
            self._refuse(internal_error(self._operation.service))
        else:
            if isinstance(outcome, Poll):
                self._wait(outcome)
            else:
                self._done(outcome)

    def _wait(self, poll: Poll) -> None:
        self._poll = poll
        poll.then(self._polled)
        if self._gone:  # while the request was on its way
            self.abandoned()

    def _polled(self, messages: list[Json]) -> None:
        self._poll = None
        # The wait was no part of the latency; the way back still is.
        self._answer_at = self._loop.time() + self._latency / 2
        self._done(received(messages))

    def _done(self, answer: Json) -> None:
        row = self._operation.tally
        row.entries += _entries(self._operation.name, self._request, answer)
        row.failed_entries += len(answer.get("Failed", ()))
        # Encoded now: messages may change while the answer is on its way.
        self._send(200, "", orjson.dumps(answer))

    def _refuse(self, error: AwsError) -> None:
        self._send(error.status, error.header(), error.body())

    def _send(self, status: int, header: str, body: bytes) -> None:
        if self._latency:
            self._loop.call_at(self._answer_at, self._write, status, header, body)
        else:
            self._write(status, header, body)

    def _hang(self) -> None:
        """Leave the call unanswered, and in progress until the client disconnects."""
        self._hangs = True
        if self._gone:
            self.abandoned()

    def _write(self, status: int, header: str, body: bytes) -> None:
        if self._fault is Fault.HUNG_AFTER:
            self._hang()
            return
        self._tally.ended(self._operation.tally)
        headers = content_headers(self._operation.service) + header
        if self._fault is Fault.CUT_AFTER or self._fault is Fault.TRUNCATED:
            reset = self._fault is Fault.CUT_AFTER
            self._connection.cut_within(status, headers, body, reset=reset)
        else:
            self._connection.answer(status, headers, body)


def content_headers(service: str) -> str:
    version = "1.1" if service == "logs" else "1.0"
    return (
        f"x-amzn-RequestId: 00000000-0000-4000-a000-{next(_numbers):012x}\r\n"
        f"Content-Type: application/x-amz-json-{version}\r\n"
    )


def refuse_unknown(connection: Connection, target: str) -> None:
    """Answer a call for an operation that the fast AWS does not have."""
    service = "sqs" if target.startswith("AmazonSQS.") else "logs"
    make = sqs_error if service == "sqs" else logs_error
    error = make("UnknownOperationException", f"The fast AWS has no operation {target or '(none named)'}.")
    connection.answer(error.status, content_headers(service) + error.header(), error.body())


def _parsed(body: bytes, service: str) -> Json:
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


def _entries(operation: str, request: Json, answer: Json) -> int:
    if operation == "ReceiveMessage":
        return len(answer.get("Messages", ()))
    several = request.get("Entries") or request.get("logEvents")
    return len(several) if several else 1
