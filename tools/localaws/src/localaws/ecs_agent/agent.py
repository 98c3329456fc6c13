"""ECS agent of this machine: an HTTP endpoint for each task, at the address by which containers reach the host.

    /v4/TASK-NUMBER[/task]                       the metadata endpoint
    /api/TASK/task-protection/v1/state           the task-protection endpoint
    everything else                              the local AWS, which gets every call unchanged

Each task has a port, so a caller is known by the port, not by what it says of itself. Any thread may call.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from threading import Lock
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from localaws.ecs_agent.calls import Call, Record, Refusal, read_call, read_parameters
from localaws.ecs_agent.host_address import LOCAL, HostAddress
from localaws.ecs_agent.metadata import Metadata, docker_id, task_arn
from localaws.ecs_agent.protection import PATH, Protection, ProtectionRequest
from localaws.ecs_agent.upstream import Upstream
from localaws.http_server import HttpServer

LOCAL_CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/local"
"""Of tasks that run in no cluster: processes of this machine. The account is moto's."""
_REFUSED = "refused on demand"
_PROTECTION_CALLS = {"GET": "GetTaskProtection", "PUT": "UpdateTaskProtection"}
"""What the agent asks ECS, with the task's role."""


class TaskEndpoint:
    """Owns one task's endpoint until `close`. Made by `EcsAgent.task`.

    `aws_endpoint` is for AWS_ENDPOINT_URL and the collector's endpoints, `agent_uri` for ECS_AGENT_URI.
    """

    def __init__(
        self,
        task_id: str,
        address: HostAddress,
        aws: str,
        record: Record,
        protection: Protection,
        metadata: Metadata | None,
    ) -> None:
        self.record = record
        self.protection = protection
        self._task_id = task_id
        self._upstream = Upstream(aws)
        self._metadata = metadata
        self._server = HttpServer(self._answer, f"ecs-agent-{task_id[:8]}", address.listen, self._upstream.session)
        self.aws_endpoint = f"http://{address.name}:{self._server.port}"
        self.agent_uri = f"{self.aws_endpoint}/api/{task_id}"

    def metadata_uri(self, container: str) -> str:
        """The ECS_CONTAINER_METADATA_URI_V4 of a container."""
        return f"{self.aws_endpoint}/v4/{docker_id(self._task_id, container)}"

    def close(self) -> None:
        """Stop answering; calls in flight are cut. May be called again."""
        self._server.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/v4/"):
            return self._describe(request.path)
        body = await request.read()
        if request.path.startswith("/api/"):
            return self._protect(request, body)
        refusal = self.record.keep(read_call(request.method, request.path, request.headers, body))
        if refusal is None:
            return await self._upstream.pass_on(request)
        answer = {"__type": refusal.code, "message": _REFUSED}
        return web.json_response(answer, status=refusal.status, headers={"X-Amzn-ErrorType": refusal.code})

    def _describe(self, path: str) -> web.Response:
        found = None if self._metadata is None else self._metadata.find(path)
        if found is None:
            return _not_found(f"The local task metadata endpoint has no {path}")
        return web.json_response(found)

    def _protect(self, request: web.Request, body: bytes) -> web.Response:
        if request.path != f"/api/{self._task_id}{PATH}" or request.method not in _PROTECTION_CALLS:
            return _not_found(f"The local ECS agent has no {request.method} {request.path}")
        if refusal := self.record.keep(Call("ecs", _PROTECTION_CALLS[request.method], read_parameters(body))):
            return self.protection.refusal(refusal.status, refusal.code, _REFUSED)
        return self.protection.state() if request.method == "GET" else self.protection.put(body)


class EcsAgent:
    """Owns all endpoints, and the records and requests for protection, which outlive them. Leaving it closes every endpoint."""

    def __init__(self, aws: str, address: HostAddress = LOCAL) -> None:
        """`aws` is the local AWS, `http://127.0.0.1:port`; `address` where the endpoints are, see `find_host_address`."""
        self._aws = aws
        self._address = address
        self._lock = Lock()
        self._records: dict[str, Record] = {}
        self._protections: dict[str, Protection] = {}
        self._endpoints: list[TaskEndpoint] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            endpoints = list(self._endpoints)
        for endpoint in endpoints:
            endpoint.close()

    def task(
        self,
        task_id: str,
        service: str,
        definition: Mapping[str, Any] | None = None,
        cluster_arn: str = LOCAL_CLUSTER,
    ) -> TaskEndpoint:
        """Opens an endpoint, which answers at once and until its `close`. `task_id` is 32 hexadecimal digits, as ECS's are.

        `definition` is `taskDefinition` in the answer of `ecs.describe_task_definition`; without it the metadata endpoint answers 404.

        Raises:
            OSError: the host's address is not this machine's (any more).
        """
        metadata = None if definition is None else Metadata(definition, cluster_arn, task_id)
        record = self.record(service)
        with self._lock:
            protection = self._protections.setdefault(task_id, Protection(task_arn(cluster_arn, task_id)))
            endpoint = TaskEndpoint(task_id, self._address, self._aws, record, protection, metadata)
            self._endpoints.append(endpoint)
        return endpoint

    def record(self, service: str) -> Record:
        """The calls and refusals of all tasks of a service."""
        with self._lock:
            return self._records.setdefault(service, Record())

    def calls(self, service: str) -> list[Call]:
        """Every call of its tasks so far, task protection among them."""
        return self.record(service).calls()

    def refuse(self, service: str, refusal: Refusal) -> None:
        """Answer the next matching call of any of its tasks as `refusal` says."""
        self.record(service).refuse(refusal)

    def protections(self, task_id: str) -> list[ProtectionRequest]:
        """The requests of a task for protection, in order; also when it has ended."""
        with self._lock:
            protection = self._protections.get(task_id)
        return [] if protection is None else protection.requests()


def _not_found(message: str) -> web.Response:
    return web.json_response({"message": message}, status=HTTPStatus.NOT_FOUND)
