"""Scheduler of a cluster: keeps the running tasks at what ECS's services want.

The stand-in for ECS's service scheduler. A thread that looks every second, and whenever a task changes: it starts what is missing, stops what is too
many, replaces what ended or is unhealthy, rolls to a new deployment, and tells the local AWS what runs. An error of AWS or of a definition is
reported once and tried again; what runs goes on.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict, deque
from collections.abc import Callable
from threading import Condition, Thread
from typing import Any

from localaws.docker import Docker
from localaws.fargate.definition import TaskDefinition, read_definition
from localaws.fargate.events import Events
from localaws.fargate.host import Host
from localaws.fargate.reporter import Reporter, is_steady
from localaws.fargate.rolling_update import Pace, Running, Wanted, decide, wanted_services
from localaws.fargate.task import Engine, Task
from localaws.fargate.view import STOPPED_BY_USER, Health, State, StopCode, TaskView, Why

LOOK_SECONDS = 1.0
REMEMBERED = 100
"""Ended tasks that are kept, so that the reason can be looked up. ECS keeps them for an hour."""
CLOSE_SECONDS = 180.0
"""Beyond Fargate's longest stop timeout (120 s)."""


class Scheduler:
    """Scheduler of one cluster. Public methods may be called from any thread."""

    def __init__(self, docker: Docker, ecs: Any, cluster: str, project: str, host: Host) -> None:
        self._ecs = ecs
        self._cluster = cluster
        self._host = host
        self._reporter = Reporter(ecs, cluster)
        self._engine = Engine(docker, Events(docker, project, host.tell), host, project)
        self._definitions: dict[str, TaskDefinition] = {}
        self._tasks: list[Task] = []
        self._ended: deque[TaskView] = deque(maxlen=REMEMBERED)
        self._paces: defaultdict[str, Pace] = defaultdict(Pace)
        self._wanted: list[Wanted] = []
        self._told: dict[str, str] = {}
        self._failed: set[str] = set()
        self._closing = False
        self._changes = 0
        self._change = Condition()  # guards _changes, _tasks, _ended and _closing
        self._thread = Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        """Start the thread.

        Raises:
            NoDocker, DockerFailed: as `Docker.run`.
        """
        self._engine.events.start()
        self._thread.start()

    def close(self, seconds: float = CLOSE_SECONDS) -> bool:
        """Stop all tasks at the same time, and then the thread; False if a task did not stop in time."""
        with self._change:
            self._closing = True
            self._change.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        deadline = time.monotonic() + seconds
        for task in self._tasks:
            task.stop(STOPPED_BY_USER)
        stopped = [task.join(max(0.0, deadline - time.monotonic())) for task in self._tasks]
        for task in self._tasks:
            task.abandon()
        self._engine.events.close()
        self._report()
        return all(stopped)

    def tasks(self) -> tuple[TaskView, ...]:
        """All tasks, the oldest first; those that have stopped recently come before the others."""
        with self._change:
            return (*self._ended, *(task.view for task in self._tasks))

    def wait(
        self, until: Callable[[tuple[TaskView, ...]], bool], seconds: float, what: str = "what was waited for"
    ) -> tuple[TaskView, ...]:
        """Wait until `until` is true of the tasks; returns the tasks.

        Raises:
            TimeoutError: it never was, or not in time; the text lists the tasks.
        """
        deadline = time.monotonic() + seconds
        while True:
            with self._change:
                changes = self._changes
            tasks = self.tasks()
            if until(tasks):
                return tasks
            with self._change:
                if not self._change.wait_for(lambda: self._changes != changes, deadline - time.monotonic()):  # noqa: B023
                    shown = "\n".join(f"  {task.service} {task.task_id} {task.state} {task.why}" for task in tasks)
                    raise TimeoutError(f"{what}: not within {seconds:.0f} s. The tasks:\n{shown or '  none'}")

    def stop_task(self, task_id: str, why: Why = STOPPED_BY_USER) -> None:
        """As ECS's StopTask: its service will start another. KeyError where there is none."""
        self._task(task_id).stop(why)

    def kill(self, task_id: str, container: str | None = None) -> None:
        """SIGKILL to a container, by default the worker. Raises as `Task.kill`; KeyError also where there is no such task."""
        task = self._task(task_id)
        task.kill(container or task.definition.worker.name)

    def _task(self, task_id: str) -> Task:
        with self._change:
            for task in self._tasks:
                if task.view.task_id == task_id:
                    return task
        raise KeyError(task_id)

    def _run(self) -> None:
        seen = -1
        while True:
            with self._change:
                self._change.wait_for(lambda: self._closing or self._changes != seen, LOOK_SECONDS)  # noqa: B023
                if self._closing:
                    return
                seen = self._changes
            try:
                self._converge()
            except Exception as error:  # noqa: BLE001 (the top of the loop: it goes on whatever happens)
                self._tell("scheduler", f"The scheduler failed, trying again: {error!r}")

    def _converge(self) -> None:
        self._report()  # before the look: the circuit breaker may change what is wanted
        self._look()
        self._bury()
        known = {one.service for one in self._wanted}
        gone = sorted({task.view.service for task in self._tasks} - known)
        for wanted in (*self._wanted, *(Wanted(service, "", 0) for service in gone)):
            self._serve(wanted)

    def _report(self) -> None:
        try:
            stops = self._reporter.report(self.tasks())
        except Exception as error:  # noqa: BLE001 (boto3's and urllib's errors are many; the next report says it again)
            self._tell("report", f"The local AWS does not hear what runs, trying again: {error}")
        else:
            self._told.pop("report", None)
            for task in self._tasks:
                if (reason := stops.get(task.view.task_id)) is not None and task.view.why is None:
                    task.stop(Why(StopCode.USER_INITIATED, reason))

    def _look(self) -> None:
        try:
            self._wanted = wanted_services(self._ecs, self._cluster)
        except Exception as error:  # noqa: BLE001 (boto3's errors are many; what was wanted before is wanted still)
            self._tell("ecs", f"ECS does not say what it wants, trying again: {error}")
        else:
            self._told.pop("ecs", None)

    def _bury(self) -> None:
        """Move tasks that have stopped to the remembered ones."""
        stopped = [task for task in self._tasks if task.view.state is State.STOPPED]
        if not stopped:
            return
        self._judge([task.view for task in stopped])
        with self._change:
            for task in stopped:
                self._tasks.remove(task)
                self._ended.append(task.view)
                self._failed.discard(task.view.task_id)
            self._changes += 1
            self._change.notify_all()

    def _serve(self, wanted: Wanted) -> None:
        tasks = [task for task in self._tasks if task.view.service == wanted.service]
        self._judge([task.view for task in tasks])
        decision = decide(wanted, [self._running(task.view) for task in tasks if task.view.why is None])
        for task in tasks:
            for task_id, why in decision.stop:
                if task.view.task_id == task_id:
                    task.stop(why)
        if decision.start and not self._paces[wanted.deployment].wait_seconds(time.monotonic()):
            definition = self._definition(wanted)
            if definition is not None:
                for _ in range(decision.start):
                    self._start(wanted, definition)

    def _judge(self, views: list[TaskView]) -> None:
        for view in views:
            pace = self._paces[view.deployment]
            if view.why is None:
                if is_steady(view, time.time()):
                    pace.worked()
            elif view.why.code in _BY_ITSELF and view.task_id not in self._failed:
                self._failed.add(view.task_id)
                pace.failed(time.monotonic())

    def _running(self, view: TaskView) -> Running:
        unhealthy = view.health is Health.UNHEALTHY
        return Running(view.task_id, view.deployment, view.ready, unhealthy, self._host.protected(view.task_id))

    def _definition(self, wanted: Wanted) -> TaskDefinition | None:
        arn = wanted.definition_arn
        if arn not in self._definitions:
            try:
                said = self._ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
                self._definitions[arn] = read_definition(said)
            except Exception as error:  # noqa: BLE001 (boto3's many, or a definition that is not to be run)
                self._tell(wanted.service, f"{wanted.service} cannot start tasks: {error}")
                return None
        return self._definitions[arn]

    def _start(self, wanted: Wanted, definition: TaskDefinition) -> None:
        task_id = uuid.uuid4().hex
        task = Task(self._engine, wanted.service, definition, task_id, self._note_change, wanted.deployment)
        with self._change:
            self._tasks.append(task)
        task.start()

    def _note_change(self) -> None:
        with self._change:
            self._changes += 1
            self._change.notify_all()

    def _tell(self, about: str, text: str) -> None:
        """Report a text once, until it changes."""
        if self._told.get(about) != text:
            self._told[about] = text
            self._host.tell(text)


_BY_ITSELF = (StopCode.TASK_FAILED_TO_START, StopCode.ESSENTIAL_CONTAINER_EXITED)
