"""`nox -s local -- reload SERVICE`: its image built from the files as they are now, and its tasks replaced, while everything else stays up.

A deployment of ECS waits for the health of what is new before it stops what is old. Here those of before are told to stop at once, and drain beside
the new ones.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.local_stack.commands import POLL_SECONDS, TASK_SECONDS, service_name
from devkit.local_stack.images import registered_image
from jobctl.checkout import REPOSITORY
from jobctl.errors import CommandError
from jobctl.queries.container_log import container_logs
from jobctl.queries.service_lines import ServiceLines
from jobctl.queries.tasks import STOPPED, read_tasks
from jobdeploy.images.building import build_images
from jobdeploy.images.docker import Docker as BuildDocker
from jobdeploy.progress import Progress
from localaws.aws import clients_of

if TYPE_CHECKING:
    from devkit.local_stack.state_file import State
    from jobctl.environment.target import Clients
    from jobctl.stop import StopSignals
    from localaws.docker import Docker

CONSUMING = "consuming"
"""What a worker says once it takes jobs, and nowhere else."""


def reload(stop: StopSignals, docker: Docker, state: State, service: str, repository: Path = REPOSITORY) -> None:
    """Returns when as many new tasks take jobs as the service wants. What ran before drains on.

    Raises:
        UnknownServiceError: the text lists those that there are.
        CommandError: the image cannot be built, and nothing was changed; or a new task ended: its last lines.
        TimeoutError: the new tasks did not start.
    """
    began = time.monotonic()
    name = service_name(state, service)
    progress = Progress()
    tag = build_images(repository, BuildDocker(stop, docker.environ or {}), progress, [service])[service]
    clients = clients_of(state.endpoint)
    ecs = clients("ecs")
    (before,) = ecs.describe_services(cluster=state.cluster, services=[name])["services"]
    definition = _register(ecs, docker, before["taskDefinition"], service, tag)
    if definition == before["taskDefinition"]:
        print(f"{service}: nothing has changed")
        return
    with progress.step("new tasks"):
        lines = ServiceLines(
            clients("logs"), {service: state.log_groups[service]}, time.time_ns() // 1_000_000, CONSUMING
        )
        ecs.update_service(cluster=state.cluster, service=name, taskDefinition=definition)
        for task in read_tasks(ecs, state.cluster, {service: name}):
            if task.version != definition.rpartition("/")[2]:
                ecs.stop_task(cluster=state.cluster, task=task.task_id, reason="reload")
        _wait(stop, clients, state, service, definition, before["desiredCount"], lines)
    print(f"{service}: reloaded in {time.monotonic() - began:.0f} s; what ran before drains")


def _register(ecs: Any, docker: Docker, before: str, service: str, tag: str) -> str:
    """The definition of before with another image of the service's own container; the same one where the image is the same."""
    definition = ecs.describe_task_definition(taskDefinition=before)["taskDefinition"]
    (worker,) = [one for one in definition["containerDefinitions"] if one["name"] == service]
    image = registered_image(docker, worker["image"].partition("@")[0], tag)
    if worker["image"] == image:
        return before
    worker["image"] = image
    taken = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    answer = ecs.register_task_definition(**{name: value for name, value in definition.items() if name in taken})
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def _wait(
    stop: StopSignals, clients: Clients, state: State, service: str, definition: str, wanted: int, lines: ServiceLines
) -> None:
    ecs, names, version = clients("ecs"), {service: state.services[service]}, definition.rpartition("/")[2]
    deadline = time.monotonic() + TASK_SECONDS
    consuming: set[str] = set()
    while True:
        consuming |= {one.task for one in lines.fresh()}
        new = [one.task_id for one in read_tasks(ecs, state.cluster, names) if one.version == version]
        if len(consuming & {*new}) >= wanted:
            return
        for task in read_tasks(ecs, state.cluster, names, stopped=True):
            if task.version == version and task.failed and task.status == STOPPED:  # with its last line written
                (log,) = (
                    one
                    for one in container_logs(ecs, clients("logs"), definition, task.task_id)
                    if one.container == service
                )
                raise CommandError(
                    "\n".join([f"A new task of {service} ended by itself. Its last lines:", *log.lines]),
                    f"Correct it, and reload {service} again.",
                )
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"{service} has {len(new)} new tasks, not {wanted} that take jobs, after {TASK_SECONDS:.0f} s. See where `up` runs."
            )
        stop.wait(POLL_SECONDS)
