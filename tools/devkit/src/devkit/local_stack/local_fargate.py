"""What runs the tasks of one cluster of the local AWS: the ECS agent, forwarder and scheduler.

They end in the opposite order: tasks drain while their endpoints answer and their output is followed; then no container of the project is left.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from devkit.local_stack.task_host import TaskHost
from jobctl.checkout import REPOSITORY
from localaws.ecs_agent import EcsAgent, find_host_address
from localaws.fargate.containers import remove_all
from localaws.fargate.scheduler import Scheduler
from localaws.log_forward import Forwarder

if TYPE_CHECKING:
    from jobctl.environment.target import Clients
    from jobdeploy.progress import Progress
    from localaws.docker import Docker


def architecture() -> str:
    """The stack's name for this machine's processor."""
    return "ARM64" if platform.machine().lower() in ("aarch64", "arm64") else "X86_64"


def of_this_checkout(label: str) -> str:
    """A label that differs between checkouts: each removes what its own killed runs left, and nothing else."""
    return f"{label}-{hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class LocalFargate:
    """Agent and scheduler while they run. `scheduler` converges to what the cluster's services want, also if the cluster is only created later."""

    agent: EcsAgent
    scheduler: Scheduler


@contextmanager
def local_fargate(
    docker: Docker,
    endpoint: str,
    clients: Clients,
    cluster_arn: str,
    project: str,
    *,
    image_of: Callable[[str], str],
    tell: Callable[[str], None],
    progress: Progress,
    own: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> Iterator[LocalFargate]:
    """Runs tasks within the context.

    `endpoint`: the local AWS, on loopback; `project`: the label of its containers; `tell`: called with problems that are tried again; `own`: see
    `LocalStack`.

    Raises:
        NoDocker, DockerFailed: as `Docker.run`.
    """
    cluster = cluster_arn.rpartition("/")[2]
    with ExitStack() as left:
        agent = left.enter_context(EcsAgent(endpoint, find_host_address(docker)))
        forwarder = left.enter_context(Forwarder(docker, clients("logs"), tell))
        host = TaskHost(agent, forwarder, clients, cluster_arn, image_of, tell, own)
        scheduler = Scheduler(docker, clients("ecs"), cluster, project, host)
        left.callback(remove_all, docker, project)

        def close() -> None:
            with progress.step("draining"):
                scheduler.close()

        left.callback(close)
        scheduler.start()
        yield LocalFargate(agent, scheduler)
