"""`jobctl status` and `jobctl list`, compared with what the tests put into the stack."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from .conftest import Jobs
from .world import World


@pytest.fixture
def jobs(still: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(still)


def dead_letter(one: World, reason: str) -> None:
    one.clients("sqs").send_message(
        QueueUrl=one.queues["background-jobs"].dead_letter_url,
        MessageBody="{}",
        MessageAttributes={"deadLetterReason": {"DataType": "String", "StringValue": reason}},
    )


def test_it_counts_tasks_messages_attempts_and_dead_letters(jobs: Jobs, still: World) -> None:
    now = time.time_ns() // 1_000_000
    still.clients("sqs").send_message(QueueUrl=still.queues["main-job-triggers"].url, MessageBody="{}")
    for reason in ("unsupported", "unsupported", "simulated"):
        dead_letter(still, reason)
    for outcome, attempts in (("done", 20), ("done", 10), ("reject", 2)):
        still.metric("background-jobs", outcome, attempts, now)
    still.metric("background-jobs", "done", 1000, now - 3_600_000)
    said = jobs.said("status")
    queue = still.queues["background-jobs"]
    assert said["attempts"] == [{"queue": queue.name, "by_outcome": {"done": 30, "reject": 2}}]
    assert said["dead"] == [
        {"queue": queue.dead_letter_name, "reason": "unsupported", "count": 2},
        {"queue": queue.dead_letter_name, "reason": "simulated", "count": 1},
    ]
    services = {one["name"]: one for one in said["standing"]["services"]}
    assert (services["main-job"]["running"], services["main-job"]["queue"]["waiting"]) == (1, 1)
    assert services["background-job"]["dead_letters"]["waiting"] == 3


def test_a_person_reads_it_in_80_columns_with_local_times(jobs: Jobs, zone: Callable[[str], None]) -> None:
    zone("Asia/Kolkata")
    result = jobs.run("status", COLUMNS="80")
    assert result.exit_code == 0, result.stderr
    assert "+05:30" in result.stdout
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_an_empty_stack_says_that_nothing_is_there(jobs: Jobs) -> None:
    assert jobs.said("list") == []
    result = jobs.run("list")
    assert result.exit_code == 0
    assert "No job matches since" in result.stderr
