"""A trigger of our own, from its queue to its job's log."""

from __future__ import annotations

import json

import pytest

from jobctl.errors import CommandError
from jobdeploy.errors import SmokeTestError
from jobdeploy.smoke import look, send, smoke
from jobdeploy.target import DeployTarget
from jobqueue.messages.correlation_id import check_correlation_id
from jobqueue.messages.job_id import check_job_id, job_log_stream
from jobqueue.telemetry.trace_headers import TRACEPARENT

from ...localaws.tests.scripted import ScriptedCluster
from .local_target import Script, Told
from .played import Played


@pytest.fixture
def played(target: DeployTarget, cluster: ScriptedCluster) -> Played:
    return Played(target, cluster)


def test_it_is_passed_when_the_job_log_says_completed(target: DeployTarget, played: Played, told: Told) -> None:
    smoke(target, played.outputs, Script(played.take, played.main_job, played.background_job), told)
    assert f"(job {played.job_id})" in told.text
    assert "received by the main job" in told.text
    assert "not seen" not in told.text
    assert f"log group {played.job_group}, stream {job_log_stream(played.job_id)}" in told.text


def test_the_trigger_is_an_ordinary_one_with_ids_of_ours(target: DeployTarget, played: Played, told: Told) -> None:
    smoke(target, played.outputs, Script(played.take, played.background_job), told)
    body = json.loads(played.delivery["Body"])
    assert body["trigger"] == "smoke"
    assert body.get("triggerBackgroundJob") is not False
    assert check_correlation_id(body["correlationId"]).startswith("synthetic-")
    attributes = {name: one["StringValue"] for name, one in played.delivery["MessageAttributes"].items()}
    check_job_id(attributes["jobId"])
    _, trace_id, _, flags = attributes[TRACEPARENT].split("-")
    assert flags == "01"
    assert f"X-Ray trace 1-{trace_id[:8]}-{trace_id[8:]}" in told.text


def test_a_hop_that_left_no_trace_is_said(target: DeployTarget, played: Played, told: Told) -> None:
    smoke(target, played.outputs, Script(played.take, played.background_job), told)
    assert "received by the main job        not seen" in told.text


def test_what_was_refused_is_not_waited_for(target: DeployTarget, played: Played, told: Told) -> None:
    def refuse() -> None:
        played.main_job("not handled: wrong_schema", event="job.rejected", reason="wrong_schema")

    with pytest.raises(CommandError, match="was refused: wrong_schema"):
        smoke(target, played.outputs, Script(played.take, refuse), told)


def test_what_no_task_that_runs_knows_is_not_waited_for(target: DeployTarget, played: Played, told: Told) -> None:
    def know_nothing_of_it() -> None:
        played.main_job("not handled: no handler for 'smoke'", event="job.unsupported", outcome="retry")

    with pytest.raises(CommandError, match="was refused: not handled: no handler for 'smoke'"):
        smoke(target, played.outputs, Script(played.take, know_nothing_of_it), told)


def test_when_it_does_not_arrive_everything_that_may_say_why_is_told(
    target: DeployTarget, cluster: ScriptedCluster, played: Played, told: Told
) -> None:
    cluster.crash()
    with pytest.raises(SmokeTestError) as caught:
        smoke(target, played.outputs, Script(), told, limit_seconds=-1)
    assert not caught.value.by_new_version
    text = str(caught.value)
    assert f"`nox -s rollback -- --environment {target.environment}`" in caught.value.next_step
    assert "last seen: nothing: no service has written a line about it" in text
    assert f"queue {target.name}-triggers: 1 waiting, 0 in flight, 0 delayed" in text
    assert f"dead letters {target.name}-jobs-dlq: 0 waiting" in text
    assert "exit code 1" in text
    assert f"ECS service {cluster.service}" in text


@pytest.mark.parametrize("new", [True, False])
def test_a_refusal_says_the_job_s_own_error_and_whether_the_new_version_is_to_blame(
    target: DeployTarget, cluster: ScriptedCluster, played: Played, told: Told, new: bool
) -> None:
    old = cluster.crash()
    cluster.deploy()
    played.outputs["services"]["main-job"]["ecs_task_definition_arn"] = cluster.definitions[-1]
    played.outputs["services"]["background-job"]["ecs_task_definition_arn"] = cluster.definitions[-1]
    task = cluster.start() if new else old

    def fail() -> None:
        stack = "Traceback (most recent call last):\n  File job.py\nKeyError: 'orders'\n"
        failed = {"error": "'orders'", "errorType": "KeyError", "stack": stack, "reason": "attempts_exhausted"}
        played.main_job("job failed", task=task.task_id, **failed)

    with pytest.raises(SmokeTestError, match="was refused: attempts_exhausted") as caught:
        smoke(target, played.outputs, Script(played.take, fail), told)
    assert caught.value.by_new_version is new
    text = str(caught.value)
    assert f"its error, in task {task.task_id} of main-job (worker:" in text
    assert "    KeyError: 'orders'" in text
    assert "exit code 1" not in text, "that is of the version before"
    assert "nox -s rollback" in caught.value.next_step


def test_the_last_line_about_it_is_told_with_its_error(target: DeployTarget, played: Played) -> None:
    sent = send(target, played.outputs)
    played.take()
    played.main_job("job failed", error="no such table", level="ERROR")
    assert look(target, played.outputs, sent).last().endswith("ERROR job failed (no such table)")
