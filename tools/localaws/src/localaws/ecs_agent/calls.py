"""AWS calls of a service: read from its requests, recorded, refused on demand.

Kept are names of resources, numbers and switches. Messages, log events, traces and receipts are not: permissions do not depend on them, and a stack
that runs for a day makes millions.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import orjson

MAX_CHARACTERS = 2048
"""Characters of a value that is kept: an ARN's most (IAM, "Amazon Resource Names")."""
_CONTENT = {"MessageBody", "ReceiptHandle", "sequenceToken", "SecretString", "Value", "ClientRequestToken"}
_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
_LISTS = {
    "services",
    "tasks",
    "serviceRevisionArns",
    "serviceDeploymentArns",
    "ResourceIds",
    "logGroupNames",
    "logGroupIdentifiers",
    "RequestItems",
}
"""Lists that name resources, or objects whose names do; they are kept as tuples."""
EVENT = ("EventBusName", "Source", "DetailType")
"""What rights to put an event depend on; of its entries a call keeps these alone, in this order."""
_RPC = re.compile(r"/service/[^/]+/operation/([^/]+)")
"""How Smithy's RPC protocol names an operation, which CloudWatch speaks: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html"""
_ACTION = re.compile(rb"(?:^|&)Action=(\w+)")
"""The same in AWS's query protocol, which clients spoke to CloudWatch before."""
_XRAY = {
    "/TraceSegments": "PutTraceSegments",
    "/TelemetryRecords": "PutTelemetryRecords",
    "/GetSamplingRules": "GetSamplingRules",
    "/SamplingTargets": "GetSamplingTargets",
    "/SamplingStatisticSummaries": "GetSamplingStatisticSummaries",
    "/Traces": "BatchGetTraces",
    "/TraceSummaries": "GetTraceSummaries",
}
"""X-Ray's operations are addresses. These are the ones that AWSXRayDaemonWriteAccess allows, and those that read traces."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the service as it is signed for, the operation as botocore names it, its parameters without content, and of lists only names."""

    service: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


def read_call(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Call:
    """A request of the AWS JSON protocols (SQS, CloudWatch Logs, SSM, Secrets Manager, ECS, ECR, Application Auto Scaling), of X-Ray, or of
    CloudWatch, of which only the operation is read; of another: service and address, so that it counts as unforeseen. `headers` are found in any
    case, or in lower case.
    """
    scope = _SCOPE.search(headers.get("authorization") or "")
    service = scope[1] if scope else "?"
    operation = (headers.get("x-amz-target") or "").rpartition(".")[2]
    if operation:
        is_packed = headers.get("content-encoding") == "gzip"
        return Call(service, operation, read_parameters(body, is_packed=is_packed))
    if service == "xray" and path in _XRAY:
        return Call(service, _XRAY[path])  # its rights know no resources
    if found := _RPC.fullmatch(path):
        return Call(service, found[1])
    if path == "/" and (asked := _ACTION.search(body)):
        return Call(service, asked[1].decode())
    return Call(service, f"{method} {path.partition('?')[0]}")


def read_parameters(body: bytes, *, is_packed: bool = False) -> dict[str, Any]:
    """The parameters that are kept of a JSON object; none of anything else. `is_packed`: compressed with gzip."""
    try:
        found = orjson.loads(gzip.decompress(body) if is_packed else body)
    except (ValueError, OSError, EOFError, zlib.error):
        return {}
    if not isinstance(found, dict):
        return {}
    kept = {name: value for name, value in found.items() if name not in _CONTENT and _is_short(value)}
    listed = {name: tuple(found[name]) for name in _LISTS & found.keys() if _is_names(found[name])}
    return kept | listed | _events(found.get("Entries"))


def _events(entries: object) -> dict[str, Any]:
    """The entries of PutEvents without what they tell, each kind once; nothing of other batches."""
    found = [one for one in (entries if isinstance(entries, list) else ()) if isinstance(one, dict)]
    told = {tuple(one[name] for name in EVENT) for one in found if all(_is_short(one.get(name)) for name in EVENT)}
    return {"Entries": tuple(sorted(told))} if told else {}


def _is_short(value: object) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= MAX_CHARACTERS)


def _is_names(value: object) -> bool:
    return isinstance(value, list | dict) and all(isinstance(one, str) and len(one) <= MAX_CHARACTERS for one in value)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that answers calls of one operation instead of the local AWS.

    It is for the next call, or with `until` for all of them until the service calls that other operation. `code` is an error code of the service.
    `about`: only calls with these parameters.
    """

    operation: str
    status: int
    code: str
    until: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    def concerns(self, call: Call) -> bool:
        """Whether this call is one of them."""
        return self.operation == call.operation and self.about.items() <= call.parameters.items()


class Record:
    """Owns the calls of one service's tasks, in order, and its refusals."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: list[Call] = []
        self._known: dict[tuple[object, ...], Call] = {}
        self._refusals: list[Refusal] = []

    def calls(self) -> list[Call]:
        """Every call so far, refused ones too: they need the same permissions."""
        with self._lock:
            return list(self._calls)

    def refuse(self, refusal: Refusal) -> None:
        """Set a refusal, which holds from now on."""
        with self._lock:
            self._refusals.append(refusal)

    def refusals_left(self) -> int:
        """The number of refusals that are not used up."""
        with self._lock:
            return len(self._refusals)

    def keep(self, call: Call) -> Refusal | None:
        """Record a call; returns its refusal, if there is one."""
        key = (call.service, call.operation, *sorted(call.parameters.items()))
        with self._lock:
            # The same polls and batches come hundreds of times a second: each kind of call is in memory once.
            self._calls.append(self._known.setdefault(key, call))
            self._refusals = [refusal for refusal in self._refusals if refusal.until != call.operation]
            for refusal in self._refusals:
                if refusal.concerns(call):
                    if refusal.until is None:
                        self._refusals.remove(refusal)
                    return refusal
        return None
