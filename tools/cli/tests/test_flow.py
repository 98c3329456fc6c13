"""A job from `jobctl submit` to its end, as the commands show it.

With real services; the answers are compared with what other code reads from SQS, CloudWatch Logs and X-Ray.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from jobctl.queries.span import Span
from jobqueue.messages.job_id import check_job_id, job_log_stream

from .conftest import Jobs
from .world import World


@pytest.fixture
def jobs(working: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(working)


def submitted(jobs: Jobs, *options: str, end: str = "complete", code: int = 0) -> dict[str, Any]:
    wish = json.dumps({"steps": 2, "end": end})
    found: dict[str, Any] = jobs.said("submit", "--type", "simulate", "--data", wish, "--wait", *options, code=code)
    return found


def test_the_printed_id_is_the_id_everywhere(jobs: Jobs, working: World) -> None:
    job = submitted(jobs, "--correlation-id", "order-4711")
    check_job_id(job["job_id"])
    assert (job["status"], job["attempts"]) == ("completed", 1)

    stream = job_log_stream(job["job_id"])
    events = working.clients("logs").get_log_events(
        logGroupName=working.group("background-job"), logStreamName=stream, startFromHead=True
    )["events"]
    lines = [json.loads(event["message"]) for event in events]
    assert {(line["jobId"], line["correlationId"], line["traceId"]) for line in lines} == {
        (job["job_id"], "order-4711", job["trace_id"])
    }
    shown = jobs.said("logs", job["job_id"])
    assert [(event["at_ms"], event["message"]) for event in shown] == [
        (event["timestamp"], line["message"]) for event, line in zip(events, lines, strict=True)
    ]
    (listed,) = jobs.said("list", "--correlation-id", "order-4711")
    assert (listed["job_id"], listed["status"], listed["job_type"]) == (job["job_id"], "completed", "simulate")


def test_show_has_every_attempt_with_the_task_that_it_ran_in(jobs: Jobs, working: World) -> None:
    job = submitted(jobs, end="fail_once")
    working.carry(job["job_id"])
    shown = jobs.said("show", job["job_id"])
    attempts = sorted((one["service"], one["number"], one["outcome"], one["task"]) for one in shown["attempts"])
    main, background = working.tasks["main-job"], working.tasks["background-job"]
    assert attempts == [
        ("background-job", 1, "retry", background),
        ("background-job", 2, "done", background),
        ("main-job", 1, "done", main),
    ]
    assert [one["error"] for one in shown["attempts"] if one["outcome"] == "retry"] == ["RuntimeError: told to fail"]
    assert all(hop["at_ms"] is not None for hop in shown["hops"])
    assert (shown["status"], shown["trace_id"], shown["letter"]) == ("completed", job["trace_id"], None)


def test_a_job_that_fails_for_good_ends_the_wait_with_its_own_exit_code(jobs: Jobs, working: World) -> None:
    job = submitted(jobs, end="reject", code=5)
    assert (job["status"], job["reason"]) == ("dead letter", "simulated")
    working.carry(job["job_id"])
    shown = jobs.said("show", job["job_id"])
    queue = working.queues["background-jobs"].dead_letter_name
    letter = shown["letter"]
    assert (letter["queue"], letter["reason"], letter["receives"]) == (queue, "simulated", "1")
    assert shown["status"] == "dead letter"
    listed = jobs.said("list", "--status", "dead-letter", "--type", "simulate")
    assert job["job_id"] in {one["job_id"] for one in listed}


def test_a_trigger_that_the_main_job_rejects_ends_the_wait_too(jobs: Jobs, working: World) -> None:
    job = jobs.said("submit", "--trigger", "api_call", "--data", '{"no": "user"}', "--wait", code=5)
    assert (job["status"], job["reason"]) == ("dead letter", "wrong_schema")
    shown = jobs.said("show", job["job_id"])
    assert shown["letter"]["queue"] == working.queues["main-job-triggers"].dead_letter_name


def spans_of(one: World, trace_id: str, count: int) -> dict[str, Span]:
    """Waits until the trace has `count` spans, and returns them: a service sends them after its job is done."""
    assert one.receiver is not None
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = {span.span_id: span for span in one.receiver.spans() if span.trace_id == trace_id}
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{len(found)} of {count} spans came")


def test_a_trace_is_one_waterfall_over_both_services(jobs: Jobs, working: World) -> None:
    job = submitted(jobs, end="fail_once")
    sent = working.spans(job["trace_id"], 3)
    said = jobs.said("trace", job["job_id"])
    assert {span["span_id"] for span in said["spans"]} == set(sent)
    for span in said["spans"]:
        truth = sent[span["span_id"]]
        assert (span["service"], span["name"], span["failed"]) == (truth.service, truth.name, truth.failed)
        assert (span["parent_id"], abs(span["start_ns"] - truth.start_ns) < 2000) == (truth.parent_id, True)
    table = jobs.run("trace", job["job_id"])
    assert "process 1: retry" in table.stdout
    assert jobs.said("trace", said["trace_id"]) == said


def test_tail_has_both_services_and_only_the_job_that_was_asked_for(jobs: Jobs, working: World) -> None:
    job, other = submitted(jobs), submitted(jobs)
    working.carry(job["job_id"], other["job_id"])
    lines = jobs.said("tail", "--no-follow", "--since", "10m", "--job", job["job_id"])
    assert {(line["service"], line["task"], line["jobId"]) for line in lines} == {
        (service, task, job["job_id"]) for service, task in working.tasks.items()
    }
    text = jobs.run("tail", "--no-follow", "--since", "10m").stdout
    assert "main-job" in text
    assert "background-job" in text
    assert "+00:00 " in text


def test_following_a_log_ends_with_its_job(jobs: Jobs) -> None:
    job = jobs.said("submit", "--type", "simulate", "--data", '{"steps": 3, "seconds": 0.3}')
    result = jobs.run("logs", job["job_id"], "--follow")
    assert result.exit_code == 0
    assert [word in result.stdout for word in ("started, attempt 1", "done=3", "completed")] == [True, True, True]


def test_a_stream_of_lines_is_a_trigger_for_each(jobs: Jobs) -> None:
    lines = [{"trigger": "test", "correlationId": "stream", "triggerBackgroundJob": number != 1} for number in range(3)]
    text = "\n".join(json.dumps(line) for line in lines)
    result = jobs.run("submit", "--data", "-", "--wait", "--json", text=text)
    assert result.exit_code == 0, result.stderr
    fates = [json.loads(line) for line in result.stdout.splitlines()]
    assert sorted(one["status"] for one in fates) == ["completed", "completed", "handled"]
    assert {one["job_id"] for one in jobs.said("list", "--correlation-id", "stream")} == {
        one["job_id"] for one in fates
    }
