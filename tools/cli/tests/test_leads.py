"""Links from one answer to the next, and `jobctl show` of jobs that were retried or rejected.

With real services.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from jobqueue.messages.job_id import job_log_stream

from .conftest import Jobs
from .world import World


@pytest.fixture
def jobs(working: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(working)


@pytest.fixture(scope="module")
def rejected(working: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A background job that ended as a dead letter."""
    wish = json.dumps({"steps": 1, "end": "reject"})
    home = Jobs(working, str(tmp_path_factory.mktemp("home")))
    told: dict[str, Any] = home.said("submit", "--type", "simulate", "--data", wish, "--wait", code=5)
    working.carry(told["job_id"])
    return told


def hops(shown: dict[str, Any]) -> list[str]:
    assert all(hop["at_ms"] is not None for hop in shown["hops"]), shown["hops"]
    return [hop["what"] for hop in shown["hops"]]


def test_a_trigger_that_the_main_job_rejected_was_never_a_background_job(jobs: Jobs, working: World) -> None:
    job = jobs.said("submit", "--trigger", "api_call", "--data", '{"no": "user"}', "--wait", code=5)
    working.carry(job["job_id"])
    shown = jobs.said("show", job["job_id"])
    assert hops(shown) == ["sent", "received by the main job", "rejected by the main job"]
    assert [(one["service"], one["outcome"], one["task"]) for one in shown["attempts"]] == [
        ("main-job", "reject", working.tasks["main-job"])
    ]
    assert "job log" not in shown["links"]
    assert "not seen" not in jobs.run("show", job["job_id"]).stdout


def test_a_job_that_was_tried_again_has_a_hop_for_it(jobs: Jobs, working: World) -> None:
    wish = json.dumps({"steps": 1, "end": "fail_once"})
    job = jobs.said("submit", "--type", "simulate", "--data", wish, "--wait")
    working.carry(job["job_id"])
    assert hops(jobs.said("show", job["job_id"])) == [
        "sent",
        "received by the main job",
        "background job queued",
        "received by the background job",
        "again, attempt 2",
        "completed",
    ]


def test_a_background_job_that_was_rejected_leads_to_its_log_its_tasks_its_trace_its_letter_and_the_dashboard(
    jobs: Jobs, working: World, rejected: dict[str, Any]
) -> None:
    shown = jobs.said("show", rejected["job_id"])
    assert hops(shown)[-1] == "rejected by the background job"
    log = f"log group {working.group('background-job')}, stream {job_log_stream(rejected['job_id'])}"
    queue = working.queues["background-jobs"].dead_letter_name
    trace = f"X-Ray trace 1-{rejected['trace_id'][:8]}-{rejected['trace_id'][8:]}"
    tasks = {f"{name} {task[:12]}" for name, task in working.tasks.items()}
    links = shown["links"]
    assert (links["job log"], links["trace"], links["dead letters"]) == (log, trace, f"SQS queue {queue}")
    assert links["dashboard"] == f"CloudWatch dashboard {working.name}"
    assert links.keys() == {"job log", "trace", "dead letters", "dashboard", *tasks}

    (letter,) = jobs.said("dead", "show", rejected["job_id"])
    assert letter["links"] == {name: links[name] for name in ("job log", "trace", "dead letters")}
    assert (letter["traceId"], letter["correlationId"]) == (rejected["trace_id"], shown["state"]["correlation_id"])
    assert f"jobctl show {rejected['job_id']}" in jobs.run("dead", "show", rejected["job_id"]).stdout

    traced = jobs.said("trace", rejected["trace_id"])
    assert traced["jobs"] == [rejected["job_id"]]
    assert traced["links"] == {name: links[name] for name in ("job log", "trace", "dashboard")}

    said = jobs.run("logs", rejected["job_id"]).stderr
    assert f"jobctl show {rejected['job_id']}" in said
    assert f"job log: {log}" in said
    assert f"trace: {trace}" in said


def test_the_list_of_dead_letters_names_a_job_of_each_group(jobs: Jobs, rejected: dict[str, Any]) -> None:
    text = jobs.run("dead", "list", rejected["job_id"]).stdout
    assert rejected["job_id"] in text


def test_status_leads_to_the_dashboard_and_the_services(jobs: Jobs, working: World) -> None:
    links = jobs.said("status")["standing"]["links"]
    assert links["dashboard"] == f"CloudWatch dashboard {working.name}"
    assert links["main-job"] == f"ECS service {working.cluster.service}"
    assert f"CloudWatch dashboard {working.name}" in jobs.run("status").stdout
