"""One task in real containers: it keeps what was registered, and ends as ECS ends it. Needs Docker; fails without it.

The image is JOBS_PYTHON_IMAGE, by default the public one.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from threading import Condition
from typing import Any

import pytest

from localaws.docker import Docker
from localaws.fargate.definition import read_definition
from localaws.fargate.events import Events
from localaws.fargate.task import Engine, Task
from localaws.fargate.view import State, StopCode, TaskView

from .tasks import WAIT, PlainHost, container, registered

SECONDS = 60.0
SECRET = "arn:aws:ssm:us-east-1:111122223333:parameter/token"

LOOK = """
import json, os, socket, time
def refused(path):
    try:
        open(path, "w").close()
    except OSError as error:
        return error.strerror
until = time.monotonic() + 20
while True:
    try:
        said = socket.create_connection(("127.0.0.1", 4318), timeout=5).recv(100).decode()
        break
    except ConnectionRefusedError:
        assert time.monotonic() < until
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines())
print(json.dumps({
    "said": said, "uid": os.getuid(), "pid": os.getpid(), "capabilities": int(status["CapEff"], 16),
    "root": refused("/new"), "tmp": refused("/tmp/new"), "size": os.statvfs("/tmp").f_frsize * os.statvfs("/tmp").f_blocks,
    "exec": bool(os.statvfs("/tmp").f_flag & os.ST_NOEXEC),
    "environment": dict(os.environ), "hosts": open("/etc/hosts").read(),
}), flush=True)
""" + WAIT  # fmt: skip

SERVE = """
import signal, socket, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
server = socket.create_server(("127.0.0.1", 4318))
while True:
    server.accept()[0].sendall(b"hello")
"""


class OneTask:
    """A task and a way to wait for its view."""

    def __init__(self, engine: Engine, *containers: dict[str, Any]) -> None:
        said = {"taskDefinitionArn": "arn:1", "revision": 1, **registered(*containers)}
        self._condition = Condition()
        self.task = Task(engine, "service", read_definition(said), uuid.uuid4().hex, self._changed)
        self.task.start()

    def wait(self, until: Callable[[TaskView], bool]) -> TaskView:
        with self._condition:
            self._condition.wait_for(lambda: until(self.task.view) or self.task.view.state is State.STOPPED, SECONDS)
            assert until(self.task.view), self.task.view
            return self.task.view

    def _changed(self) -> None:
        with self._condition:
            self._condition.notify_all()


def until_ready(docker: Docker, *container_ids: str | None) -> None:
    """Waits until these programs listen to SIGTERM, which is some time after their containers run."""
    for container_id in container_ids:
        assert container_id is not None
        with docker.start("logs", "--follow", container_id) as reading:
            assert reading.stdout is not None
            assert any(line == "ready\n" for line in reading.stdout)
            reading.terminate()


@pytest.fixture
def events(docker: Docker, project: str, host: PlainHost) -> Iterator[Events]:
    stream = Events(docker, project, host.tell)
    stream.start()
    yield stream
    stream.close()


@pytest.fixture
def run(docker: Docker, project: str, host: PlainHost, events: Events) -> Iterator[Callable[..., OneTask]]:
    engine = Engine(docker, events, host, project)
    tasks: list[OneTask] = []

    def start(*containers: dict[str, Any]) -> OneTask:
        tasks.append(OneTask(engine, *containers))
        return tasks[-1]

    yield start
    for one in tasks:
        one.task.stop()
    assert all(one.task.join(SECONDS) for one in tasks)


def test_a_container_finds_what_its_definition_says(
    run: Callable[..., OneTask], host: PlainHost, docker: Docker, project: str
) -> None:
    host.secrets = {SECRET: "s3cr$t ${HOME}"}
    host.environment = {"worker": {"AWS_ENDPOINT_URL": "http://host.docker.internal:1/"}}
    linux = {
        "initProcessEnabled": True,
        "capabilities": {"drop": ["ALL"]},
        "tmpfs": [{"containerPath": "/tmp", "size": 16, "mountOptions": ["rw", "noexec", "nosuid"]}],
    }
    worker = container(
        program=LOOK,
        linuxParameters=linux,
        environment=[{"name": "GREETING", "value": 'a $dollar, ${braces} and "quotes"\nand a line'}],
        secrets=[{"name": "TOKEN", "valueFrom": SECRET}],
        dependsOn=[{"containerName": "collector", "condition": "START"}],
    )
    one = run(worker, container("collector", SERVE, essential=False))
    worker_id = one.wait(lambda task: task.state is State.RUNNING).container("worker").container_id
    assert worker_id is not None
    (limits,) = json.loads(docker.run("inspect", worker_id))
    assert project not in docker.run("network", "ls")
    until_ready(docker, worker_id)
    one.task.stop()
    over = one.wait(lambda task: task.state is State.STOPPED)

    said = json.loads(host.output[over.task_id]["worker"].splitlines()[0])
    assert (said["said"], said["uid"], said["capabilities"]) == ("hello", 10001, 0)
    assert said["pid"] != 1
    assert (said["root"], said["tmp"]) == ("Read-only file system", None)
    assert (said["size"], said["exec"]) == (16 * 2**20, True)
    assert said["environment"]["GREETING"] == 'a $dollar, ${braces} and "quotes"\nand a line'
    assert said["environment"]["TOKEN"] == "s3cr$t ${HOME}"
    assert said["environment"]["AWS_ENDPOINT_URL"] == "http://host.docker.internal:1/"
    assert "host.docker.internal" in said["hosts"]
    kept = limits["HostConfig"]
    assert (kept["Memory"], kept["CpuShares"], kept["NanoCpus"]) == (96 * 2**20, 64, 250_000_000)
    assert (kept["PortBindings"] or {}, kept["RestartPolicy"]["Name"]) == ({}, "no")


def test_containers_stop_in_the_reverse_of_their_order(
    run: Callable[..., OneTask], host: PlainHost, docker: Docker
) -> None:
    first = [{"containerName": "collector", "condition": "START"}]
    one = run(container(dependsOn=first), container("collector", essential=False))
    running = one.wait(lambda task: task.state is State.RUNNING)
    until_ready(docker, *(each.container_id for each in running.containers))
    one.task.stop()
    over = one.wait(lambda task: task.state is State.STOPPED)
    worker, collector = over.containers
    assert (worker.exit_code, collector.exit_code) == (0, 0)
    assert worker.started_at is not None
    assert worker.stopped_at is not None
    assert collector.stopped_at is not None
    assert collector.started_at is not None
    assert collector.started_at < worker.started_at < worker.stopped_at < collector.stopped_at
    assert host.started == ["collector", "worker"]
    assert host.gone == [over.task_id]
    assert over.why is not None
    assert (over.why.code, host.told) == (StopCode.USER_INITIATED, [])


def test_a_container_that_does_not_obey_is_killed_after_its_stop_timeout(
    run: Callable[..., OneTask], docker: Docker
) -> None:
    deaf = WAIT.replace("lambda *_: sys.exit(0)", "signal.SIG_IGN")
    one = run(container(program=deaf, stopTimeout=2))
    until_ready(docker, one.wait(lambda task: task.state is State.RUNNING).container("worker").container_id)
    one.task.stop()
    (worker,) = one.wait(lambda task: task.state is State.STOPPED).containers
    assert worker.exit_code == 137


def test_a_container_with_a_restart_policy_starts_again_and_the_task_goes_on(run: Callable[..., OneTask]) -> None:
    again = {"enabled": True, "restartAttemptPeriod": 0}
    one = run(container(), container("collector", essential=False, restartPolicy=again))
    before = one.wait(lambda task: task.state is State.RUNNING).container("collector")
    one.task.kill("collector")
    after = one.wait(lambda task: task.container("collector").restarts == 1).container("collector")
    assert (after.state, after.container_id) == (State.RUNNING, before.container_id)
    assert one.task.view.state is State.RUNNING


def test_a_container_waits_for_the_health_of_another_and_can_be_stopped_meanwhile(
    run: Callable[..., OneTask], docker: Docker
) -> None:
    first = [{"containerName": "collector", "condition": "HEALTHY"}]
    slow = {"command": ["CMD", "true"], "interval": 300}
    one = run(container(dependsOn=first), container("collector", essential=False, healthCheck=slow))
    running = one.wait(lambda task: task.container("collector").state is State.RUNNING)
    until_ready(docker, running.container("collector").container_id)
    one.task.stop()
    over = one.wait(lambda task: task.state is State.STOPPED)
    assert (over.container("collector").exit_code, over.container("worker").exit_code) == (0, None)


def test_a_secret_without_a_value_stops_the_task_before_it_starts(run: Callable[..., OneTask]) -> None:
    over = run(container(secrets=[{"name": "TOKEN", "valueFrom": SECRET}])).wait(
        lambda task: task.state is State.STOPPED
    )
    assert over.why is not None
    assert over.why.reason.startswith("ResourceInitializationError: ")
    assert "TOKEN" in over.why.reason


def test_nothing_is_missed_when_docker_s_events_break_off(
    run: Callable[..., OneTask], host: PlainHost, docker: Docker, project: str, events: Events
) -> None:
    one = run(container())
    worker = one.wait(lambda task: task.state is State.RUNNING).container("worker")
    assert worker.container_id is not None
    assert events._process is not None
    events._process.kill()
    events._process.wait()
    docker.run("kill", worker.container_id)
    over = one.wait(lambda task: task.state is State.STOPPED)
    assert over.why is not None
    assert (over.why.code, over.container("worker").exit_code) == (StopCode.ESSENTIAL_CONTAINER_EXITED, 137)
    assert [text for text in host.told if "events broke off" in text] == host.told[:1]
