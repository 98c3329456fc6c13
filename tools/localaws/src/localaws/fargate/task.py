"""One task, from its definition to the end of its last container.

Each task is a thread, the only one to change the task's state. Others send to its inbox (events, the end of a command, a request to stop) and read
its view, an immutable value. It follows the rules of `localaws.fargate.lifecycle`.
An error of Docker while it starts stops the task; one while it stops is reported, and tried again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from threading import Event as Flag
from threading import Semaphore, Thread
from typing import Any

from localaws.docker import Docker, DockerFailed, NoDocker
from localaws.fargate.background_command import BackgroundCommand, Began, Ended
from localaws.fargate.compose import render, secret_environment
from localaws.fargate.containers import ANSWER_SECONDS, TASK, Event, Happened, Labels, find_containers
from localaws.fargate.definition import HOLDER, TaskDefinition
from localaws.fargate.events import Events
from localaws.fargate.host import Host
from localaws.fargate.lifecycle import Lifecycle, Reaction, Restart
from localaws.fargate.view import STOPPED_BY_USER, State, StopCode, TaskView, Why

FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.5, 15.0


@dataclass(frozen=True)
class Engine:
    """What the tasks of a project share."""

    docker: Docker
    events: Events
    host: Host
    project: str
    turn: Semaphore = field(default_factory=lambda: Semaphore(3))
    """How many are placed at once: Compose is busy for a second or two of CPU each."""


class Task:
    """One Compose project. `changed` is called from its thread after each change of its view."""

    def __init__(
        self,
        engine: Engine,
        service: str,
        definition: TaskDefinition,
        task_id: str,
        changed: Callable[[], None],
        deployment: str = "",
    ) -> None:
        self.definition = definition
        self._engine = engine
        self._changed = changed
        self._lifecycle = Lifecycle(definition)
        self._labels = Labels(engine.project, service, task_id, definition.arn)
        self._inbox: SimpleQueue[Event | Began | Ended | Why] = SimpleQueue()
        self._abandoned = Flag()
        self._file = ""
        self._placed = False
        self._secrets: Mapping[str, str] = {}
        self._thread = Thread(target=self._run, name=f"task-{task_id[:12]}", daemon=True)
        self._view = TaskView(
            task_id=task_id,
            service=service,
            definition_arn=definition.arn,
            family=definition.family,
            revision=definition.revision,
            state=State.PROVISIONING,
            health=self._lifecycle.health(),
            containers=self._lifecycle.containers(),
            created_at=time.time(),
            has_health_check=any(one.essential and one.has_health_check for one in definition.containers),
            deployment=deployment,
        )

    @property
    def view(self) -> TaskView:
        """The task's state at this moment. Any thread."""
        return self._view

    def start(self) -> None:
        """Start the task's thread; returns at once."""
        self._thread.start()

    def stop(self, why: Why = STOPPED_BY_USER) -> None:
        """Stop all containers, in reverse order and within their stop timeouts; returns at once. Any thread, any number of times."""
        self._inbox.put(why)

    def kill(self, container: str) -> None:
        """Send SIGKILL to one container. Any thread.

        Raises:
            KeyError: the task has no such container.
            DockerFailed: it does not run.
            NoDocker: as `Docker.run`.
        """
        wanted = self._view.container(container)
        if wanted.container_id is None:
            raise DockerFailed(f"{container} of task {self._view.task_id} has not started")
        self._engine.docker.run("kill", wanted.container_id, timeout=ANSWER_SECONDS)

    def join(self, seconds: float | None = None) -> bool:
        """Waits until it is STOPPED; False if it is not yet."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def abandon(self) -> None:
        """Stop retrying, where Docker does not answer and the tool is to end. Containers may remain."""
        self._abandoned.set()

    def _run(self) -> None:
        command = BackgroundCommand(self._engine.docker, self._engine.turn, self._inbox.put)
        self._engine.events.follow(self._view.task_id, self._inbox.put)
        try:
            why = self._live(command)
        except Exception as error:  # noqa: BLE001 (the top of the loop: whatever it is, the containers must go)
            why = Why(StopCode.TASK_FAILED_TO_START, f"{type(error).__name__}: {error}")
        self._show(State.STOPPING, why=why)
        command.cancel()
        if self._file:
            self._end()
        self._lifecycle.close()
        self._engine.events.forget(self._view.task_id)
        self._call(self._engine.host.task_gone, self._view.task_id)
        self._show(State.STOPPED, stopped_at=time.time())

    def _live(self, command: BackgroundCommand) -> Why:
        """Process the inbox until there is a reason to stop."""
        view = self._view
        try:
            additions = self._engine.host.prepare(view.task_id, view.service, self.definition)
            self._secrets = secret_environment(self.definition, additions)
            self._file = json.dumps(render(self.definition, additions, self._labels), ensure_ascii=False)
        except Exception as error:  # noqa: BLE001 (somebody else's code; ECS's word for it)
            return Why(StopCode.TASK_FAILED_TO_START, f"ResourceInitializationError: {error}")
        command.start(self._compose("up", "--detach", "--no-build", "--quiet-pull"), self._file, self._environ())
        while True:
            reaction = self._take(self._inbox.get())
            if isinstance(reaction, Restart):
                reaction = self._restart(reaction.container)
            if isinstance(reaction, Why):
                return reaction

    def _take(self, message: Event | Began | Ended | Why) -> Reaction:
        if isinstance(message, Why):
            return message
        if isinstance(message, Began):
            self._show(State.PENDING)
            return None
        if isinstance(message, Ended):
            if message.code:
                return self._failed_to_start(message.output)
            self._placed = True
            self._run_once_all_started()
            return None
        before = self._view
        reaction = self._lifecycle.take(message)
        if message.happened is Happened.STARTED and message.container != HOLDER:
            self._started(before, message)
        self._show(self._view.state)
        self._run_once_all_started()
        return reaction

    def _run_once_all_started(self) -> None:
        """Compose ends before or after the events of what it started arrive; RUNNING means both, so that a view of it has every container."""
        starting = self._view.state in (State.PROVISIONING, State.PENDING)
        if self._placed and starting and all(one.started_at is not None for one in self._view.containers):
            self._show(State.RUNNING, started_at=time.time())

    def _started(self, before: TaskView, event: Event) -> None:
        known = before.container(event.container)
        now = next(one for one in self._lifecycle.containers() if one.name == event.container)
        if now.started_at != known.started_at:  # else it was told twice
            container = self.definition.container(event.container)
            self._call(self._engine.host.container_started, before, container, event.container_id, event.at)

    def _restart(self, name: str) -> Reaction:
        container = next(one for one in self._lifecycle.containers() if one.name == name)
        assert container.container_id is not None
        try:
            self._engine.docker.run("start", container.container_id, timeout=ANSWER_SECONDS)
        except (DockerFailed, NoDocker) as error:
            self._call(self._engine.host.tell, f"{name} of task {self._view.task_id} could not be restarted: {error}")
            return self._failed_to_start(str(error)) if container.essential else None
        return None

    def _failed_to_start(self, output: str) -> Why:
        """The reason in ECS's words; an image that is not here could not be pulled, as Compose tried that."""
        kind = "CannotStartContainerError"
        images = {service["image"] for service in json.loads(self._file)["services"].values()}
        try:
            self._engine.docker.run("image", "inspect", "--format={{.Id}}", *images, timeout=ANSWER_SECONDS)
        except DockerFailed:
            kind = "CannotPullContainerError"
        except NoDocker:
            pass
        return Why(StopCode.TASK_FAILED_TO_START, f"{kind}: {output}")

    def _end(self) -> None:
        self._persist(lambda: self._compose_run("stop"))
        while not self._inbox.empty():
            message = self._inbox.get()
            if isinstance(message, Event):
                self._take(message)
        self._persist(self._note_ends)
        self._show(State.DEPROVISIONING)
        self._call(self._engine.host.task_ended, self._view)
        self._persist(lambda: self._compose_run("down", "--volumes", "--timeout=0"))

    def _note_ends(self) -> None:
        for found in find_containers(self._engine.docker, self._engine.project, f"label={TASK}={self._view.task_id}"):
            self._lifecycle.note(found)

    def _persist(self, step: Callable[[], object]) -> None:
        """Retry until it worked or the task was abandoned."""
        pause = FIRST_PAUSE_SECONDS
        while not self._abandoned.is_set():
            try:
                step()
            except (DockerFailed, NoDocker) as error:
                self._call(self._engine.host.tell, f"Task {self._view.task_id} cannot stop yet, trying again: {error}")
                self._abandoned.wait(pause)
                pause = min(MAX_PAUSE_SECONDS, pause * 2)
            else:
                return

    def _compose_run(self, *arguments: str) -> None:
        self._engine.docker.run(*self._compose(*arguments), input=self._file, env=self._environ())

    def _compose(self, *arguments: str) -> list[str]:
        project = self._labels.compose_project
        return ["compose", "--progress=quiet", f"--project-name={project}", "--file=-", *arguments]

    def _environ(self) -> dict[str, str]:
        return {**self._secrets, "COMPOSE_DISABLE_ENV_FILE": "1"}  # a .env of whoever stands in this folder is not ours

    def _show(self, state: State, **changed: Any) -> None:
        containers, health = self._lifecycle.containers(), self._lifecycle.health()
        self._view = replace(self._view, state=state, containers=containers, health=health, **changed)
        self._changed()

    def _call(self, hook: Callable[..., None], *arguments: object) -> None:
        try:
            hook(*arguments)
        except Exception as error:  # noqa: BLE001 (somebody else's code must not end this thread)
            with suppress(Exception):
                self._engine.host.tell(f"Task {self._view.task_id}: {hook.__name__} failed: {error!r}")
