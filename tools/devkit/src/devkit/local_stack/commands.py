"""Commands on a local stack that is up: scale, kill, logs and down.

They find it by its state file, and call its AWS or Docker.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from devkit.local_stack.stack import GRAFANA, PROJECT
from devkit.local_stack.state_file import NotRunningError, State, running
from jobctl.views.visible import visible
from jobqueue.client.log_lines import Follower
from localaws.aws import clients_of
from localaws.fargate.containers import find_containers, remove_all

if TYPE_CHECKING:
    from jobctl.stop import StopSignals
    from localaws.docker import Docker

POLL_SECONDS = 0.5
DOWN_SECONDS = 180.0
TASK_SECONDS = 120.0


class UnknownServiceError(Exception):
    """An unknown service; the text lists those that there are."""


def scale(stop: StopSignals, docker: Docker, service: str, tasks: int) -> None:
    """Sets a service's number of tasks in ECS, and waits for it.

    Raises:
        NotRunningError, UnknownServiceError: the text says what to do instead.
        TimeoutError: tasks did not start, or did not stop.
    """
    state = running()
    name = service_name(state, service)
    clients_of(state.endpoint)("ecs").update_service(cluster=state.cluster, service=name, desiredCount=tasks)
    deadline = time.monotonic() + TASK_SECONDS
    while (now := len(_workers(docker, name, service))) != tasks:
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"{service} has {now} tasks, not {tasks}, after {TASK_SECONDS:.0f} s. See where `up` runs."
            )
        stop.wait(POLL_SECONDS)
    print(f"{service}: {tasks} {'task' if tasks == 1 else 'tasks'}")


def kill(docker: Docker, service: str) -> None:
    """Sends SIGKILL to the worker of the oldest task.

    Raises:
        NotRunningError, UnknownServiceError: the text says what to do instead.
    """
    state = running()
    workers = _workers(docker, service_name(state, service), service)
    if not workers:
        raise NotRunningError(f"{service} has no task that runs.")
    container_id, task_id = workers[0]
    docker.run("kill", "--signal", "KILL", container_id)
    print(f"{service}: killed the worker of task {task_id}; its jobs come back when their lease lapses")


def logs(stop: StopSignals, service: str | None, *, follow: bool) -> None:
    """Prints the output of containers, by time; with `follow` until a signal asks the process to end.

    Raises:
        NotRunningError, UnknownServiceError: the text says what to do instead.
    """
    state = running()
    groups = {service: state.log_groups[_known(service, state.log_groups)]} if service else state.log_groups
    client = clients_of(state.endpoint)("logs")
    followers = [
        Follower(client, group, streams=f"{name}/" if name != "collector" else "") for name, group in groups.items()
    ]
    while True:
        found = [line for follower in followers for line in follower.fresh()]
        for line in sorted(found, key=lambda line: (line.at_ms, line.stream)):
            when = datetime.fromtimestamp(line.at_ms / 1000).astimezone().strftime("%H:%M:%S.%f")[:-3]
            print(f"{when} {'/'.join(line.stream.split('/')[:2])} {visible(line.text)}", flush=True)
        if not follow:
            return
        stop.wait(POLL_SECONDS)


def down(stop: StopSignals, docker: Docker) -> None:
    """Asks `up` to end and waits for it; if it was killed, removes the containers that it left.

    Raises:
        TimeoutError: it did not end.
    """
    with suppress(NotRunningError):
        state = running()
        with suppress(ProcessLookupError):
            os.kill(state.process_id, signal.SIGTERM)
        deadline = time.monotonic() + DOWN_SECONDS
        print("Draining ...", flush=True)
        with suppress(NotRunningError):
            while running().process_id == state.process_id:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"Process {state.process_id} still runs after {DOWN_SECONDS:.0f} s.")
                stop.wait(POLL_SECONDS)
    removed = remove_all(docker, PROJECT) + remove_all(docker, GRAFANA)
    print(f"Down. {removed} left containers removed." if removed else "Down.")


def _workers(docker: Docker, service_name: str, container: str) -> list[tuple[str, str]]:
    """Container and task ids of a service's running workers, the oldest first."""
    found = [
        one
        for one in find_containers(docker, PROJECT)
        if one.service == service_name and one.name == container and one.running
    ]
    return [(one.container_id, one.task_id) for one in sorted(found, key=lambda one: one.started_at)]


def service_name(state: State, service: str) -> str:
    """The name of a service in ECS. Raises UnknownServiceError."""
    return state.services[_known(service, state.services)]


def _known(name: str, there: dict[str, str]) -> str:
    if name not in there:
        raise UnknownServiceError(f"There is no {name!r}; there are {', '.join(sorted(there))}.")
    return name
