"""Forwarding of container output to log streams: complete, without duplicates, across failures of the container and the Logs API.

Against the fast AWS's Logs API and a program named docker; tests/containers uses a real engine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Event
from typing import Any

import boto3
import pytest
from botocore.config import Config

from localaws.docker import Docker
from localaws.fast_aws import FastAws
from localaws.log_forward import Forwarder

SECONDS = 10
GROUP, STREAM = "/ecs/x", "ecs/main-job/7"
PROGRAM = """#!/bin/sh
cd {folder}
if [ "$1" = inspect ]; then cat running; exit; fi
echo "$*" >> asked
cat out; cat err >&2
case "$*" in
*--follow*) if [ -p live ]; then exec cat live; fi;;
*) cat late;;
esac
"""


def stamp(number: int) -> str:
    return f"2026-11-23T22:00:{number // 1000:02d}.{number % 1000:03d}000000Z"


class Engine:
    """The answers of the program named docker."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        program = folder / "docker"
        program.write_text(PROGRAM.format(folder=folder))
        program.chmod(0o755)
        for name in ("out", "err", "late"):
            self.write(name)
        self.docker = Docker({"PATH": f"{folder}:/usr/bin:/bin"})
        (folder / "running").write_text("false\n")

    def write(self, name: str, *lines: tuple[int, str]) -> None:
        (self._folder / name).write_text("".join(f"{stamp(number)} {text}\n" for number, text in lines))

    def says(self, text: str) -> None:
        (self._folder / "err").write_text(text)

    def asked(self) -> list[str]:
        return (self._folder / "asked").read_text().splitlines()

    def live(self) -> Path:
        """A running container: it writes what is written here, until this is closed."""
        os.mkfifo(self._folder / "live")
        return self._folder / "live"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(tmp_path)


@pytest.fixture(scope="module")
def running() -> Iterator[FastAws]:
    with FastAws() as running:
        yield running


@pytest.fixture
def aws(running: FastAws) -> FastAws:
    running.reset()
    return running


@pytest.fixture
def logs(aws: FastAws) -> Iterator[Any]:
    made: Any = boto3.client(
        "logs",
        endpoint_url=aws.endpoint,
        config=Config(retries={"total_max_attempts": 1}),
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    made.create_log_group(logGroupName=GROUP)
    yield made
    made.close()


@pytest.fixture
def told() -> Queue[str]:
    return Queue()


@pytest.fixture
def forwarder(engine: Engine, logs: Any, told: Queue[str]) -> Iterator[Forwarder]:
    with Forwarder(engine.docker, logs, told.put) as forwarder:
        yield forwarder


def arrived(logs: Any) -> list[str]:
    events = logs.get_log_events(logGroupName=GROUP, logStreamName=STREAM, startFromHead=True)["events"]
    return [event["message"] for event in events]


def test_everything_is_in_the_stream_once_in_the_order_of_the_times(
    engine: Engine, forwarder: Forwarder, logs: Any, told: Queue[str]
) -> None:
    engine.write("out", (1, "one"), (3, "three"), (4, ""), (5, "five"))
    engine.write("err", (2, "two"))
    forwarder.follow("c", GROUP, STREAM)
    assert forwarder.wait("c", SECONDS)
    assert arrived(logs) == ["one", "two", "three", "five"]
    assert forwarder.stop() == 0
    assert told.empty()


def test_a_container_that_is_started_again_goes_on_where_it_was(
    engine: Engine, forwarder: Forwarder, logs: Any
) -> None:
    engine.write("out", (5000, "one"))
    forwarder.follow("c", GROUP, STREAM)
    assert forwarder.wait("c", SECONDS)
    engine.write("out", (5000, "one"), (6000, "two"))
    forwarder.follow("c", GROUP, STREAM)
    assert forwarder.wait("c", SECONDS)
    assert arrived(logs) == ["one", "two"]
    assert engine.asked()[-1] == f"logs --timestamps --since {stamp(5000)} c"


def test_a_running_container_s_line_does_not_wait_for_the_next(engine: Engine, forwarder: Forwarder, logs: Any) -> None:
    put = Event()
    logs.meta.events.register("after-call.cloudwatch-logs.PutLogEvents", lambda **_: put.set())
    live = engine.live()
    forwarder.follow("c", GROUP, STREAM)
    with live.open("w") as container:
        container.write(f"{stamp(1)} one\n")
        container.flush()
        assert put.wait(SECONDS)
    assert forwarder.wait("c", SECONDS)


def test_stopping_reads_what_a_running_container_wrote_until_then(
    engine: Engine, forwarder: Forwarder, logs: Any
) -> None:
    put = Event()
    logs.meta.events.register("after-call.cloudwatch-logs.PutLogEvents", lambda **_: put.set())
    engine.write("out", (1, "one"))
    engine.write("late", (2, "two"))
    live = engine.live()
    forwarder.follow("c", GROUP, STREAM)
    with live.open("w"):
        assert put.wait(SECONDS)
        assert forwarder.stop(SECONDS) == 0
    assert arrived(logs) == ["one", "two"]
    with pytest.raises(RuntimeError):
        forwarder.follow("c", GROUP, STREAM)


def test_a_missing_group_is_told_once(engine: Engine, forwarder: Forwarder, told: Queue[str]) -> None:
    engine.write("out", *((number, "x") for number in range(250)))
    forwarder.follow("c", "/missing", STREAM)
    assert forwarder.wait("c", SECONDS)
    assert "log group /missing does not exist" in told.get_nowait()
    assert told.empty()
    assert forwarder.stop() == 250


def test_a_logs_api_that_fails_for_a_while_gets_everything_later(
    engine: Engine, forwarder: Forwarder, logs: Any, aws: FastAws, told: Queue[str]
) -> None:
    engine.write("out", *((number, str(number)) for number in range(150)))
    aws.faults(throttle=1.0)
    forwarder.follow("c", GROUP, STREAM)
    assert "ThrottlingException" in told.get(timeout=SECONDS)
    aws.faults()
    assert "again; 0 lines are lost" in told.get(timeout=SECONDS)
    assert forwarder.wait("c", SECONDS)
    assert arrived(logs) == [str(number) for number in range(150)]


def test_stopping_gives_up_on_a_logs_api_that_is_gone_and_says_what_is_lost(
    engine: Engine, forwarder: Forwarder, aws: FastAws, told: Queue[str]
) -> None:
    engine.write("out", (1, "one"), (2, "two"))
    aws.faults(cut_before=1.0)
    forwarder.follow("c", GROUP, STREAM)
    told.get(timeout=SECONDS)
    assert forwarder.stop(0) == 2


def test_what_docker_itself_says_is_told_once(engine: Engine, forwarder: Forwarder, told: Queue[str]) -> None:
    engine.says("Error: No such container: c\nanother\n")
    forwarder.follow("c", GROUP, STREAM)
    assert forwarder.wait("c", SECONDS)
    assert told.get_nowait().endswith("Error: No such container: c")
    assert told.empty()


def test_a_machine_without_docker_is_told(logs: Any, told: Queue[str], tmp_path: Path) -> None:
    with Forwarder(Docker({"PATH": str(tmp_path)}), logs, told.put) as forwarder:
        forwarder.follow("c", GROUP, STREAM)
        assert forwarder.wait("c", SECONDS)
    assert "Docker is not installed" in told.get_nowait()
