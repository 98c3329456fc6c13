"""Everything that is up, in the order in which it starts and ends.

    local AWS -> images -> Terraform's stack -> endpoints, forwarder -> scheduler -> tasks

It ends in the opposite order: tasks drain while everything that they need is still up. However the context is left, no container and no process
remains; what a killed process leaves is found by its label, see `remove_all`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from devkit.infra_check.installation import Installation
from devkit.infra_check.terraform import Terraform
from devkit.local_stack.images import image_values, local_image
from devkit.local_stack.local_fargate import architecture, local_fargate, of_this_checkout
from jobctl.checkout import REPOSITORY
from jobctl.queries.container_log import last_lines
from jobdeploy.images.building import build_images
from jobdeploy.images.docker import Docker as BuildDocker
from jobdeploy.images.registry import collector_image
from jobdeploy.root import check_terraform
from localaws.aws import clients_of, start_aws
from localaws.fargate.containers import remove_all
from localaws.fargate.view import StopCode, TaskView
from localaws.log_forward import log_destination
from localaws.processes import Processes

if TYPE_CHECKING:
    from jobctl.environment.target import Clients
    from jobctl.stop import StopSignals
    from jobdeploy.progress import Progress
    from localaws.docker import Docker
    from localaws.ecs_agent import EcsAgent
    from localaws.fargate.scheduler import Scheduler

PROJECT = of_this_checkout("jobs-local")
"""The label of every task's containers that run here."""
GRAFANA = f"{PROJECT}-grafana"
"""The label, and the name, of Grafana's container."""
PROJECT_NAME = "message-driven-microservices"
"""The stack's `project_name`."""
READY_SECONDS = 120.0
"""Above a health check's start period (60 s) and one interval."""
FAILURES = (StopCode.TASK_FAILED_TO_START, StopCode.ESSENTIAL_CONTAINER_EXITED)

LOCAL_VALUES: Mapping[str, Any] = {
    # A drain waits for the poll in flight: short polls make a quick end. moto can hand the same message to two receives that overlap.
    "poll_wait_seconds": 2,
    "max_polls": 1,
    # A person watches: retries come after a second instead of minutes, metrics after ten.
    "retry_first_seconds": 0.1,
    "retry_max_seconds": 1,
    "unsupported_first_seconds": 0.1,
    "job_log_linger_seconds": 0.5,
    "otel_metric_export_interval": 10_000,
    "job_log_streams_per_second": 50,  # moto has no quota
    "job_records": True,  # it costs nothing here
    "job_events": True,
    # A VPC of the environment's own is not here, and containers have a network of their own.
    "vpc_id": None,
    "subnet_ids": [],
    "route_table_ids": [],
    "vpc_endpoints": [],
    "create_vpc_endpoints": False,
}
"""How a local stack differs from the environment's own values."""


class LocalStack:
    """Everything that is up within the context. For the main thread; `tasks` and what it reads may be used from any thread."""

    def __init__(
        self,
        docker: Docker,
        progress: Progress,
        stop: StopSignals,
        tell: Callable[[str], None],
        *,
        environment: str = "dev",
        port: int = 0,
        values: Mapping[str, Any] | None = None,
        own: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    ) -> None:
        """`own`: variables that a person gives to each service, above those that are registered, secrets included."""
        self._docker = docker
        self._progress = progress
        self._stop = stop
        self._tell = tell
        self._environment = environment
        self._port = port
        self._values = {**LOCAL_VALUES, **(values or {})}
        self._own = own
        self._left = ExitStack()
        self.endpoint: str
        """Of the local AWS, on loopback."""
        self.outputs: dict[str, Any]
        """The stack's, by name."""
        self.clients: Clients
        self.agent: EcsAgent
        self.scheduler: Scheduler
        self.installation: Installation

    def __enter__(self) -> Self:
        """Starts everything and waits until every service is as it should be.

        Raises:
            NoDocker, UsageError: the text says what to install.
            DockerFailed, TerraformError, ProcessDied, TimeoutError: the text says what failed.
            Stopped: a signal asked the process to end.
        """
        try:
            self._start()
        except BaseException:
            self._left.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.close()

    def apply(self, values: Mapping[str, Any]) -> None:
        """Applies the stack with other values; the scheduler replaces tasks whose definition changed, as ECS would."""
        with self._progress.step(f"terraform apply {', '.join(values)}"):
            self._apply(values)

    def _apply(self, values: Mapping[str, Any]) -> None:
        self.installation.values |= values
        self.installation.apply()
        self.outputs = self.installation.outputs

    def settle(self, seconds: float = READY_SECONDS) -> tuple[TaskView, ...]:
        """Waits until every service has as many ready tasks of its latest definition as it wants, and no other; gives the tasks.

        Raises:
            TimeoutError: not in time; the text lists the tasks.
        """
        ecs = self.clients("ecs")
        names = [one["ecs_service_name"] for one in self.outputs["services"].values()]
        found = ecs.describe_services(cluster=self.outputs["ecs_cluster_name"], services=names)["services"]
        wanted = {one["serviceName"]: (one["taskDefinition"], one["desiredCount"]) for one in found}

        def settled(tasks: tuple[TaskView, ...]) -> bool:
            alive = [task for task in tasks if task.stopped_at is None]
            return all(
                [(task.definition_arn, task.ready) for task in alive if task.service == service]
                == [(definition, True)] * count
                for service, (definition, count) in wanted.items()
            )

        try:
            return self.scheduler.wait(settled, seconds, "every service with ready tasks")
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self._last_words()}") from None

    def tasks(self, service: str) -> list[TaskView]:
        """Tasks of a service (by the name of its worker) that have not stopped, the oldest first."""
        name = self.outputs["services"][service]["ecs_service_name"]
        return [task for task in self.scheduler.tasks() if task.service == name and task.stopped_at is None]

    def _last_words(self) -> str:
        """Exit codes and last lines of the last task that ended by itself, which show why."""
        ended = [task for task in self.scheduler.tasks() if task.why is not None and task.why.code in FAILURES]
        if not ended:
            return "None has ended by itself."
        task = ended[-1]
        definition = self.clients("ecs").describe_task_definition(taskDefinition=task.definition_arn)["taskDefinition"]
        lines = [f"The last one of {task.service} that ended by itself was {task.task_id}:"]
        for container in definition["containerDefinitions"]:
            name = container["name"]
            place = log_destination(name, container["logConfiguration"]["options"], task.task_id)
            lines += [f"  {name}, exit code {task.container(name).exit_code}:"]
            lines += [f"    {line}" for line in last_lines(self.clients("logs"), place.group, place.stream)]
        return "\n".join(lines)

    def _start(self) -> None:
        docker = self._docker
        with self._progress.step("Docker and Terraform") as notes:
            check_terraform()
            notes.append(f"engine {docker.check()}")
        if removed := remove_all(docker, PROJECT):
            self._tell(f"Removed {removed} containers that a killed run left.")
        processes = self._left.enter_context(Processes("local-"))
        starting = start_aws(processes, port=self._port)
        tags = build_images(REPOSITORY, BuildDocker(self._stop, docker.environ or {}), self._progress)
        images = image_values(docker, tags, collector_image(), PROJECT_NAME)
        with self._progress.step("local AWS") as notes:
            self.endpoint = starting.endpoint()
            notes.append(self.endpoint)
        self.clients = clients_of(self.endpoint)
        terraform = Terraform(processes, self._stop, self.endpoint)
        self.installation = Installation(terraform, processes.folder / "stack", self._environment)
        self.installation.values["cpu_architecture"] = architecture()
        with self._progress.step("terraform init"):
            self.installation.init()
        with self._progress.step(f"terraform apply {self._environment} (a queue takes half a minute)") as notes:
            self._apply({**self._values, **images})
            notes.append(f"{len(self.outputs)} outputs")
        self._run_tasks(docker)
        with self._progress.step("tasks") as notes:
            began = time.monotonic()
            notes.append(f"{len(self.settle())} ready after {time.monotonic() - began:.0f} s")

    def _run_tasks(self, docker: Docker) -> None:
        (described,) = self.clients("ecs").describe_clusters(clusters=[self.outputs["ecs_cluster_name"]])["clusters"]
        running = self._left.enter_context(
            local_fargate(
                docker,
                self.endpoint,
                self.clients,
                described["clusterArn"],
                PROJECT,
                image_of=local_image,
                tell=self._tell,
                progress=self._progress,
                own=self._own,
            )
        )
        self.agent, self.scheduler = running.agent, running.scheduler
