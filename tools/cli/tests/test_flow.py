"""Jobs from `jobctl submit` to their ends, as each command shows them and as one answer leads to the next.

With real services; the answers are compared with what other code reads from SQS, CloudWatch Logs and X-Ray.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from jobqueue.messages.job_id import check_job_id, job_log_stream

from .conftest import Jobs
from .world import World


@pytest.fixture
def jobs(working: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(working)


def submitted(jobs: Jobs, *options: str, end: str = "complete", code: int = 0) -> dict[str, Any]:
    data = json.dumps({"steps": 2, "end": end})
    found: dict[str, Any] = jobs.said("submit", "--type", "simulate", "--data", data, "--wait", *options, code=code)
    return found


def timeline(shown: dict[str, Any]) -> list[str]:
    assert all(one["at_ms"] is not None for one in shown["timeline"]), shown["timeline"]
    return [one["what"] for one in shown["timeline"]]


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


def test_a_retried_job_has_every_attempt_with_its_task_in_show_and_in_its_trace(jobs: Jobs, working: World) -> None:
    job = submitted(jobs, end="fail_once")
    working.carry(job["job_id"])
    shown = jobs.said("show", job["job_id"])
    main, background = working.tasks["main-job"], working.tasks["background-job"]
    assert sorted((one["service"], one["number"], one["outcome"], one["task"]) for one in shown["attempts"]) == [
        ("background-job", 1, "retry", background),
        ("background-job", 2, "done", background),
        ("main-job", 1, "done", main),
    ]
    assert [one["error"] for one in shown["attempts"] if one["outcome"] == "retry"] == ["RuntimeError: told to fail"]
    assert (shown["status"], shown["trace_id"], shown["letter"]) == ("completed", job["trace_id"], None)
    assert timeline(shown) == [
        "sent",
        "received by the main job",
        "background job queued",
        "received by the background job",
        "attempt 2",
        "completed",
    ]

    sent = working.spans(job["trace_id"], 3)
    traced = jobs.said("trace", job["job_id"])
    assert {span["span_id"] for span in traced["spans"]} == set(sent)
    for span in traced["spans"]:
        expected = sent[span["span_id"]]
        assert (span["service"], span["name"], span["failed"]) == (expected.service, expected.name, expected.failed)
        assert (span["parent_id"], abs(span["start_ns"] - expected.start_ns) < 2000) == (expected.parent_id, True)
    assert "process 1: retry" in jobs.run("trace", job["job_id"]).stdout
    assert jobs.said("trace", traced["trace_id"]) == traced


def test_a_rejected_job_leads_to_its_log_its_tasks_its_trace_its_letter_and_the_dashboard(
    jobs: Jobs, working: World
) -> None:
    job = submitted(jobs, end="reject", code=5)
    assert (job["status"], job["reason"]) == ("dead letter", "simulated")
    working.carry(job["job_id"])
    shown = jobs.said("show", job["job_id"])
    queue = working.queues["background-jobs"].dead_letter_name
    letter = shown["letter"]
    assert (shown["status"], letter["queue"], letter["reason"], letter["receives"]) == (
        "dead letter",
        queue,
        "simulated",
        "1",
    )
    assert timeline(shown)[-1] == "rejected by the background job"
    log = f"log group {working.group('background-job')}, stream {job_log_stream(job['job_id'])}"
    trace = f"X-Ray trace 1-{job['trace_id'][:8]}-{job['trace_id'][8:]}"
    links = shown["links"]
    assert (links["job log"], links["trace"], links["dead letters"]) == (log, trace, f"SQS queue {queue}")
    assert links["dashboard"] == f"CloudWatch dashboard {working.name}"
    tasks = {f"{name} {task[:12]}" for name, task in working.tasks.items()}
    assert links.keys() == {"job log", "trace", "dead letters", "dashboard", *tasks}

    (dead,) = jobs.said("dead", "show", job["job_id"])
    assert dead["links"] == {name: links[name] for name in ("job log", "trace", "dead letters")}
    assert (dead["traceId"], dead["correlationId"]) == (job["trace_id"], shown["state"]["correlation_id"])
    assert f"jobctl show {job['job_id']}" in jobs.run("dead", "show", job["job_id"]).stdout
    assert job["job_id"] in jobs.run("dead", "list", job["job_id"]).stdout
    listed = jobs.said("list", "--status", "dead-letter", "--type", "simulate")
    assert job["job_id"] in {one["job_id"] for one in listed}
    notes = jobs.run("logs", job["job_id"]).stderr
    assert [
        word for word in (f"jobctl show {job['job_id']}", f"job log: {log}", f"trace: {trace}") if word not in notes
    ] == []


def test_a_trigger_that_the_main_job_rejects_was_never_a_background_job(jobs: Jobs, working: World) -> None:
    job = jobs.said("submit", "--trigger", "api_call", "--data", '{"no": "user"}', "--wait", code=5)
    assert (job["status"], job["reason"]) == ("dead letter", "wrong_schema")
    working.carry(job["job_id"])
    shown = jobs.said("show", job["job_id"])
    assert shown["letter"]["queue"] == working.queues["main-job-triggers"].dead_letter_name
    assert timeline(shown) == ["sent", "received by the main job", "rejected by the main job"]
    assert [(one["service"], one["outcome"], one["task"]) for one in shown["attempts"]] == [
        ("main-job", "reject", working.tasks["main-job"])
    ]
    assert "job log" not in shown["links"]


def test_tail_has_both_services_and_only_the_job_that_was_asked_for(jobs: Jobs, working: World) -> None:
    job, other = submitted(jobs), submitted(jobs)
    working.carry(job["job_id"], other["job_id"])
    lines = jobs.said("tail", "--no-follow", "--since", "10m", "--job", job["job_id"])
    assert {(line["service"], line["task"], line["jobId"]) for line in lines} == {
        (service, task, job["job_id"]) for service, task in working.tasks.items()
    }


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
    ended = [json.loads(line) for line in result.stdout.splitlines()]
    assert sorted(one["status"] for one in ended) == ["completed", "completed", "done"]
    listed = jobs.said("list", "--correlation-id", "stream")
    assert {one["job_id"] for one in listed} == {one["job_id"] for one in ended}
    assert sorted(one["status"] for one in listed) == ["completed", "completed", "queued"]
