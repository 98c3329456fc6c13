"""What is in the queue after `jobs submit`? No service takes it away here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Jobs
from .world import World


@pytest.fixture
def jobs(still: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(still)


def received(one: World) -> list[dict[str, Any]]:
    url = one.queues["main-job-triggers"].url
    found: list[dict[str, Any]] = []
    while (
        messages := one.clients("sqs")
        .receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        .get("Messages")
    ):
        found += messages
    return found


def test_each_has_an_id_and_a_trace_of_its_own(jobs: Jobs, still: World) -> None:
    printed = jobs.said("submit", "--count", "12", "--correlation-id", "order-1", "--trigger", "test")
    messages = received(still)
    assert len(printed) == 12
    sent = {
        (
            one["MessageAttributes"]["jobId"]["StringValue"],
            one["MessageAttributes"]["traceparent"]["StringValue"].split("-")[1],
            json.loads(one["Body"])["correlationId"],
        )
        for one in messages
    }
    assert sent == {(one["job_id"], one["trace_id"], one["correlation_id"]) for one in printed}


def test_a_whole_trigger_is_sent_as_it_stands(jobs: Jobs, still: World, tmp_path: Path) -> None:
    body = {"trigger": "api_call", "jobId": "01M85DNG76CJA6HHV4GJ30AD12", "data": {"userId": "1"}, "kept": True}
    file = tmp_path / "trigger.json"
    file.write_text(json.dumps(body))
    assert jobs.said("submit", "--data", f"@{file}")["job_id"] == body["jobId"]
    (message,) = received(still)
    assert json.loads(message["Body"]) == body


def test_ids_are_printed_alone_for_a_script(jobs: Jobs, still: World) -> None:
    result = jobs.run("submit", "--count", "2")
    ids = result.stdout.split()
    assert sorted(ids) == sorted(one["MessageAttributes"]["jobId"]["StringValue"] for one in received(still))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--data", "{"], "no JSON"),
        (["--data", "[1]"], "no object"),
        (["--data", '{"trigger": "test", "jobId": "x"}'], "not a ULID"),
        (["--data", '{"trigger": "test", "jobId": "01M85DNG76CJA6HHV4GJ30AD12"}', "--count", "2"], "is one job"),
        (["--data", "@/there/is/none"], "cannot be read"),
        (["--data", json.dumps({"x": "a" * 300_000})], "too_large"),
        (["--delay", "20m"], "at most 900 s"),
        (["--delay", "soon"], "no duration"),
    ],
)
def test_what_no_service_would_read_is_not_sent(jobs: Jobs, still: World, options: list[str], said: str) -> None:
    result = jobs.run("submit", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Next: " in result.stderr
    assert received(still) == []


def test_what_stands_before_a_bad_line_is_sent_and_told(jobs: Jobs, still: World) -> None:
    result = jobs.run("submit", "--data", "-", text='{"trigger": "test"}\n\n{"trigger": "test"}\nnope\n{}\n')
    assert result.exit_code == 2
    assert "Line 4: " in result.stderr
    assert len(result.stdout.split()) == len(received(still)) == 2


def test_a_wait_that_is_too_short_says_which_job_has_not_ended(jobs: Jobs) -> None:
    result = jobs.run("submit", "--wait", "--timeout", "0s")
    assert result.exit_code == 6
    assert "1 of 1 jobs have not ended" in result.stderr
