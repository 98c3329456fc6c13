"""Ctrl-C in what takes long: it ends with 130, without a stack trace, and says what only it knows."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jobqueue.messages.job_id import job_log_stream, new_job_id

from .world import World

Shell = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(still: World) -> Iterator[Shell]:
    """`jobctl` in a process of its own."""
    processes: list[subprocess.Popen[str]] = []

    def started(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "jobctl", *arguments],
            env={**os.environ, **still.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield started
    for process in processes:
        process.kill()
        process.communicate()


def interrupted(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What it says on stdout and stderr after Ctrl-C."""
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=20)
    assert process.returncode == 130, said
    assert "Traceback" not in said[1]
    return said


def trigger_in(one: World) -> Any:
    """The first trigger in the queue, when it comes."""
    url = one.queues["main-job-triggers"].url
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        answer = one.clients("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=1)
        if answer.get("Messages"):
            return answer["Messages"][0]
    raise AssertionError("no trigger came")


def test_a_wait_tells_the_ids_of_the_jobs_that_go_on(still: World, start: Shell) -> None:
    still.clients("logs").delete_log_group(logGroupName=still.group("main-job"))
    failing = start("submit", "--wait")
    job_id = trigger_in(still)["MessageAttributes"]["jobId"]["StringValue"]
    out, _ = failing.communicate(timeout=20)
    assert (failing.returncode, out.split()) == (4, [job_id, "not", "ended"])

    still.clients("logs").create_log_group(logGroupName=still.group("main-job"))
    process = start("submit", "--wait")
    job_id = trigger_in(still)["MessageAttributes"]["jobId"]["StringValue"]
    out, error = interrupted(process)
    assert job_id in (out or error), "whether it heard that SQS has it, or not yet"


def test_a_stream_that_somebody_types_ends_with_what_was_sent(still: World, start: Shell) -> None:
    process = start("submit", "--data", "-")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write('{"trigger": "test"}\n')
    process.stdin.flush()
    message = trigger_in(still)
    job_id = message["MessageAttributes"]["jobId"]["StringValue"]
    assert process.stdout.readline().strip() == job_id
    out, _ = interrupted(process)
    assert not out, "each id once, also where Ctrl-C comes in the midst of printing it"


def test_a_log_that_is_followed_ends_between_two_looks(still: World, start: Shell) -> None:
    job_id = new_job_id()
    line = json.dumps({"jobId": job_id, "message": "started, attempt 1", "event": "job.started", "attempt": 1})
    now = time.time_ns() // 1_000_000
    still.write(still.group("background-job"), job_log_stream(job_id), (now, line))
    process = start("logs", job_id, "--follow")
    assert process.stdout is not None
    assert "started, attempt 1" in process.stdout.readline()
    interrupted(process)


def test_a_service_that_drains_stays_paused_and_says_how_far_it_was(still: World, start: Shell) -> None:
    process = start("pause", "main-job")
    assert process.stderr is not None
    for said in process.stderr:
        if "desired count set to 0" in said:
            break
    interrupted(process)
    name = f"/{still.project}/dev/paused"
    paused = json.loads(still.clients("ssm").get_parameter(Name=name)["Parameter"]["Value"])
    assert (list(paused), still.cluster.describe()["desiredCount"]) == (["main-job"], 0)
