"""The host of local tasks: what a task gets from it is its endpoint, credentials, images and secrets; its output goes to the local CloudWatch.

Implements `fargate.host.Host`: called from the tasks' threads, several at once, and from the scheduler's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localaws.aws import CREDENTIALS
from localaws.fargate.compose import Additions
from localaws.log_forward import log_destination

if TYPE_CHECKING:
    from jobctl.environment.target import Clients
    from localaws.ecs_agent import EcsAgent, TaskEndpoint
    from localaws.fargate.definition import Container, TaskDefinition
    from localaws.fargate.view import TaskView
    from localaws.log_forward import Forwarder

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
"""In Fargate the agent hands out the task role's credentials; here they are no secret."""
READ_ON_SECONDS = 10.0
_SSM = ":ssm:"


class TaskHost:
    """Owns the endpoints of the tasks that run. `image_of`: the local image for a registered one. `own`: a worker's name to
    the variables that a person gives it."""

    def __init__(
        self,
        agent: EcsAgent,
        forwarder: Forwarder,
        clients: Clients,
        cluster_arn: str,
        image_of: Callable[[str], str],
        tell: Callable[[str], None],
        own: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    ) -> None:
        self._image_of = image_of
        self._agent = agent
        self._forwarder = forwarder
        self._clients = clients
        self._cluster_arn = cluster_arn
        self._tell = tell
        self._own = own
        self._lock = Lock()
        self._endpoints: dict[str, TaskEndpoint] = {}

    def prepare(self, task_id: str, service: str, definition: TaskDefinition) -> Additions:
        """Opens the task's endpoint."""
        registered = self._clients("ecs").describe_task_definition(taskDefinition=definition.arn)["taskDefinition"]
        endpoint = self._agent.task(task_id, definition.worker.name, registered, self._cluster_arn)
        with self._lock:
            self._endpoints[task_id] = endpoint
        return Additions(
            images={one.image: self._image_of(one.image) for one in definition.containers},
            environment={one.name: _environment(endpoint, one) for one in definition.containers},
            secrets={
                source: self._secret(source)
                for one in definition.containers
                for name, source in one.secrets.items()
                if name not in self._own.get(one.name, {})
            },
            own=self._own,
        )

    def container_started(self, task: TaskView, container: Container, container_id: str, at: float) -> None:
        """Follows the container's output."""
        if container.log_options is not None:
            destination = log_destination(container.name, container.log_options, task.task_id)
            self._forwarder.follow(container_id, destination.group, destination.stream)

    def task_ended(self, task: TaskView) -> None:
        """Reads the output of the task's containers to the end."""
        for container in task.containers:
            if container.container_id is not None and not self._forwarder.wait(container.container_id, READ_ON_SECONDS):
                self._tell(f"{task.service}: the last lines of {container.name} are not in CloudWatch")

    def task_gone(self, task_id: str) -> None:
        """Closes the task's endpoint."""
        with self._lock:
            endpoint = self._endpoints.pop(task_id, None)
        if endpoint is not None:
            endpoint.close()

    def protected(self, task_id: str) -> bool:
        """Whether the task asked the agent for scale-in protection."""
        with self._lock:
            endpoint = self._endpoints.get(task_id)
        return endpoint is not None and endpoint.protection.is_on()

    def tell(self, text: str) -> None:
        """Reports a problem that is tried again."""
        self._tell(text)

    def _secret(self, source: str) -> str:
        """`valueFrom`: the ARN of an SSM parameter or of a Secrets Manager secret (`arn:...:secret:NAME[:JSON-KEY:VERSION-STAGE:VERSION-ID]`)."""
        if _SSM in source:
            found: Any = self._clients("ssm").get_parameter(Name=source, WithDecryption=True)
            return str(found["Parameter"]["Value"])
        return str(self._clients("secretsmanager").get_secret_value(SecretId=source)["SecretString"])


def _environment(endpoint: TaskEndpoint, container: Container) -> dict[str, str]:
    """Variables that Fargate adds, and the endpoints of the local AWS. The definition's own variables stay as they are."""
    added = {
        **{name: CREDENTIALS[name] for name in _KEYS},
        "AWS_ENDPOINT_URL": endpoint.aws_endpoint,
        "XRAY_ENDPOINT": endpoint.aws_endpoint,  # the collector's exporters look at these two
        "LOGS_ENDPOINT": endpoint.aws_endpoint,
        "ECS_AGENT_URI": endpoint.agent_uri,
        "ECS_CONTAINER_METADATA_URI_V4": endpoint.metadata_uri(container.name),
    }
    return {name: value for name, value in added.items() if name not in container.environment}
