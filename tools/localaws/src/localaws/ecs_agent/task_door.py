"""HTTP endpoint of one task, a server with threads of its own.

    /v4/TASK-NUMBER[/task]                       the metadata endpoint
    /api/TASK/task-protection/v1/state           the task-protection endpoint
    everything else                              the local AWS

Each task has a port, so a caller is known by the port, not by what it says of itself.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from localaws.ecs_agent.call import Call, read_call, read_parameters
from localaws.ecs_agent.metadata import docker_id
from localaws.ecs_agent.protection import PATH, json_answer
from localaws.http_server import HttpServer

if TYPE_CHECKING:
    from localaws.ecs_agent.host_address import HostAddress
    from localaws.ecs_agent.metadata import Metadata
    from localaws.ecs_agent.protection import Protection
    from localaws.ecs_agent.record import Record
    from localaws.ecs_agent.upstream import Upstream
    from localaws.http_server import Answer, Request

_REFUSED = "refused, as it was told to"
_PROTECTION_CALLS = {"GET": "GetTaskProtection", "PUT": "UpdateTaskProtection"}
"""What the agent asks ECS, with the task's role."""


class TaskDoor:
    """Owns one task's endpoint until `close`. Made by `Door.task`.

    `aws_endpoint` is for AWS_ENDPOINT_URL and the collector's endpoints, `agent_uri` for ECS_AGENT_URI.
    """

    def __init__(
        self,
        task_id: str,
        address: HostAddress,
        upstream: Upstream,
        record: Record,
        protection: Protection,
        metadata: Metadata | None,
    ) -> None:
        self.task_id = task_id
        self.record = record
        self.protection = protection
        self._upstream = upstream
        self._metadata = metadata
        self._server = HttpServer(self._answer, f"door-{task_id[:8]}", address.listen)
        self.aws_endpoint = f"http://{address.name}:{self._server.port}"
        self.agent_uri = f"{self.aws_endpoint}/api/{task_id}"

    def metadata_uri(self, container: str) -> str:
        """The ECS_CONTAINER_METADATA_URI_V4 of a container."""
        return f"{self.aws_endpoint}/v4/{docker_id(self.task_id, container)}"

    def close(self) -> None:
        """Stop answering; calls in flight are cut. May be called again."""
        self._upstream.close()
        self._server.close()

    def _answer(self, request: Request) -> Answer | None:
        path = request.path.partition("?")[0]
        if path.startswith("/v4/"):
            return self._tell(path)
        if path.startswith("/api/"):
            return self._protect(request, path)
        call = read_call(request.method, request.path, request.headers, request.body)  # type: ignore[arg-type]  # a Message is enough of a mapping
        refusal = self.record.keep(call)
        if refusal is None:
            return self._upstream.pass_on(request)
        told = {"__type": refusal.code, "message": _REFUSED}
        return json_answer(refusal.status, told, (("X-Amzn-ErrorType", refusal.code),))

    def _tell(self, path: str) -> Answer:
        found = None if self._metadata is None else self._metadata.find(path)
        if found is None:
            return json_answer(HTTPStatus.NOT_FOUND, {"message": f"The local task metadata endpoint has no {path}"})
        return json_answer(HTTPStatus.OK, found)

    def _protect(self, request: Request, path: str) -> Answer:
        if path != f"/api/{self.task_id}{PATH}" or request.method not in _PROTECTION_CALLS:
            told = {"message": f"The local ECS agent has no {request.method} {path}"}
            return json_answer(HTTPStatus.NOT_FOUND, told)
        call = Call("ecs", _PROTECTION_CALLS[request.method], read_parameters(request.body))
        if refusal := self.record.keep(call):
            return self.protection.refusal(refusal.status, refusal.code, _REFUSED)
        return self.protection.state() if request.method == "GET" else self.protection.put(request.body)
