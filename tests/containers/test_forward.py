"""Output of a real engine's containers on its way to log streams. Needs Docker.

Tested for the engine's own behaviour: lines that it cuts at 16 KiB, containers that die, logs that are read more slowly than they are written.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any

import boto3
import pytest
from botocore.config import Config

from localaws.docker import Docker
from localaws.fast_aws import FastAws
from localaws.log_forward import Forwarder

IMAGE = os.environ.get("JOBS_PYTHON_IMAGE") or "python:3.13-slim-trixie"
GROUP = "/ecs/x"
SECONDS = 60
DUMMY: Any = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}

LONG_LINES = """
import os, sys
print("short", flush=True)
print("x" * 300_000, flush=True)                 # longer than an event may be
print("a" + "\\u00e9" * 20_000, flush=True)       # cut inside a character
print("y" * 16_384, flush=True)                  # exactly the engine's piece
os.write(2, b"z" * 20_000); print("between", flush=True); os.write(2, b"end\\n")
print("no end", end="", flush=True)
os._exit(9)
"""
MUCH = """
for number in range(5_000):
    print(number, "x" * 1_000)
"""
STARTED_AGAIN = """
import pathlib
seen = pathlib.Path("/tmp/seen")
print("again" if seen.exists() else "first", flush=True)
seen.touch()
"""

Start = Callable[[str], str]


@pytest.fixture(scope="module")
def docker() -> Docker:
    docker = Docker()
    docker.check()
    return docker


@pytest.fixture
def start(docker: Docker) -> Iterator[Start]:
    started: list[str] = []

    def run(program: str) -> str:
        name = f"forward-test-{secrets.token_hex(4)}"
        started.append(name)
        docker.run("run", "--detach", "--name", name, "--label", "jobs.test=forward", IMAGE, "python", "-c", program)
        return name

    yield run
    docker.run("rm", "--force", "--volumes", *started)


@pytest.fixture
def aws() -> Iterator[FastAws]:
    with FastAws() as running:
        yield running


@pytest.fixture
def logs(aws: FastAws) -> Iterator[Any]:
    config = Config(retries={"total_max_attempts": 1})
    made: Any = boto3.client("logs", endpoint_url=aws.endpoint, config=config, **DUMMY)
    made.create_log_group(logGroupName=GROUP)
    yield made
    made.close()


def arrived(logs: Any, stream: str) -> list[str]:
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = logs.get_log_events(logGroupName=GROUP, logStreamName=stream, startFromHead=True, **token)
        found += [event["message"] for event in page["events"]]
        if page["nextForwardToken"] == token.get("nextToken"):
            return found
        token = {"nextToken": page["nextForwardToken"]}


def test_lines_are_whole_to_the_last_one_of_a_container_that_died(docker: Docker, start: Start, logs: Any) -> None:
    container = start(LONG_LINES)
    with Forwarder(docker, logs) as forwarder:
        forwarder.follow(container, GROUP, "ecs/x/1")
        assert forwarder.wait(container, SECONDS)
    lines = arrived(logs, "ecs/x/1")
    # json-file itself keeps two replacement characters where it cuts an é.
    whole = [line.replace("\ufffd\ufffd", "é") for line in lines]
    wanted = ["short", "x" * 300_000, "a" + "é" * 20_000, "y" * 16_384, "z" * 20_000 + "end", "between", "no end"]
    assert sorted(whole) == sorted(wanted)
    assert whole[-1] == "no end"


def test_a_container_does_not_wait_for_a_logs_api_that_is_away_and_nothing_is_lost(
    docker: Docker, start: Start, logs: Any, aws: FastAws
) -> None:
    told: Queue[str] = Queue()
    aws.faults(cut_before=1.0)
    container = start(MUCH)
    with Forwarder(docker, logs, told.put) as forwarder:
        forwarder.follow(container, GROUP, "ecs/x/2")
        told.get(timeout=SECONDS)
        assert docker.run("wait", container, timeout=SECONDS).strip() == "0"
        aws.faults()
        assert forwarder.wait(container, SECONDS)
    assert [int(line.split()[0]) for line in arrived(logs, "ecs/x/2")] == list(range(5_000))


def test_a_container_that_is_started_again_goes_on_in_its_stream(docker: Docker, start: Start, logs: Any) -> None:
    container = start(STARTED_AGAIN)
    with Forwarder(docker, logs) as forwarder:
        for _ in range(2):
            docker.run("wait", container, timeout=SECONDS)
            forwarder.follow(container, GROUP, "ecs/x/3")
            assert forwarder.wait(container, SECONDS)
            docker.run("start", container)
        forwarder.follow(container, GROUP, "ecs/x/3")
        assert forwarder.wait(container, SECONDS)
    assert arrived(logs, "ecs/x/3") == ["first", "again", "again"]
