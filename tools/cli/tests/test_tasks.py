"""`jobctl tasks`: running tasks, why others stopped, and the last output of one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobctl.queries.tasks import read_task
from jobctl.views.tasks_view import MEANINGS, meaning
from jobqueue import bootstrap
from jobqueue.consumer.consumer import STOPPED_EXIT_CODE, STUCK_EXIT_CODE
from localaws.fargate.view import ESSENTIAL_EXITED

from .conftest import Jobs
from .world import World

REASON = "Essential container in task exited"


@pytest.fixture
def jobs(still: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(still)


def ended(task_id: str, at: datetime, **fields: Any) -> dict[str, Any]:
    """Returns a stopped task as ECS's event describes it ("Amazon ECS task state change events")."""
    return {
        "taskArn": f"arn:aws:ecs:us-east-1:123456789012:task/c/{task_id}",
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/worker:7",
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "healthStatus": "UNKNOWN",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": REASON,
        "startedAt": f"{at - timedelta(minutes=5):%Y-%m-%dT%H:%M:%S.%f}Z",
        "stoppedAt": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z",
        "containers": [
            {"name": "main-job", "lastStatus": "STOPPED", "exitCode": 69},
            {"name": "collector", "lastStatus": "STOPPED", "exitCode": 137, "reason": "OutOfMemoryError"},
        ],
        **fields,
    }


def tell(one: World, detail: dict[str, Any], kind: str = "ECS Task State Change") -> None:
    """Writes a task's event into the ECS log group, beside the collectors' output, as EventBridge does."""
    text = json.dumps({"detail-type": kind, "detail": {"group": f"service:{one.cluster.service}", **detail}})
    one.write(f"/ecs/{one.name}", "events", (time.time_ns() // 1_000_000, text))


def test_a_task_that_ended_by_itself_has_ecs_reason_and_every_exit_code(jobs: Jobs, still: World) -> None:
    crashed = still.cluster.start(ready=False)
    still.cluster.stop(crashed, ESSENTIAL_EXITED, 70)
    said = jobs.said("tasks", "--service", "main-job")
    (task,) = said["ended"]
    assert (task["task_id"], task["stop_code"], task["reason"]) == (
        crashed.task_id,
        "EssentialContainerExited",
        REASON,
    )
    assert [(one["name"], one["exit_code"]) for one in task["containers"]] == [("worker", 70)]
    assert [one["task_id"] for one in said["running"]] == [still.cluster.tasks[0].task_id]
    assert [(one["service"], one["running"], one["desired"]) for one in said["services"]] == [("main-job", 1, 1)]
    assert all(still.cluster.service in one["message"] for one in said["services"][0]["events"])


def test_ecs_forgets_after_an_hour_and_the_events_do_not(jobs: Jobs, still: World) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)
    tell(still, ended("a" * 32, at))
    tell(still, {**ended("b" * 32, at), "lastStatus": "DEPROVISIONING"})
    tell(still, {**ended("c" * 32, at), "group": "service:of-another-stack"})
    tell(still, {"eventName": "SERVICE_TASK_START_IMPAIRED", "reason": "STOPPED"}, "ECS Service Action")
    still.write(f"/ecs/{still.name}", "main-job/collector/x", (time.time_ns() // 1_000_000, "STOPPED, says a line"))
    (task,) = jobs.said("tasks", "--service", "main-job")["ended"]
    assert (task["task_id"], task["version"], task["stopped_ms"]) == ("a" * 32, "worker:7", int(at.timestamp() * 1000))
    assert jobs.said("tasks", "--since", "1m", "--service", "main-job")["ended"] == []


def test_a_person_reads_what_an_exit_code_means_in_80_columns(jobs: Jobs, still: World) -> None:
    tell(still, ended("a" * 32, datetime.now(UTC)))
    result = jobs.run("tasks", COLUMNS="80")
    assert result.exit_code == 0, result.stderr
    flat = " ".join(result.stdout.split())
    assert REASON in flat
    assert "main-job: 69, a queue or the job" in flat
    assert "collector: 137, killed: out of memory" in flat
    _, _, table = result.stdout.partition("Ended since")
    assert max(map(len, table.splitlines())) <= 80


def test_one_task_shows_the_end_of_what_its_containers_wrote(jobs: Jobs, still: World) -> None:
    logs = {
        "awslogs-group": still.group("main-job"),
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "main-job",
    }
    still.cluster.deploy(logConfiguration={"logDriver": "awslogs", "options": logs})
    task = still.cluster.start()
    stream = f"main-job/{still.cluster.container}/{task.task_id}"
    now = time.time_ns() // 1_000_000
    still.write(still.group("main-job"), stream, (now, "first"), (now + 1, "its last words"))
    said = jobs.said("tasks", task.task_id)
    assert said["task"]["task_id"] == task.task_id
    assert said["logs"] == [
        {
            "container": still.cluster.container,
            "group": still.group("main-job"),
            "stream": stream,
            "lines": ["first", "its last words"],
        }
    ]
    text = jobs.run("tasks", task.task_id[:12]).stdout
    assert "its last words" in text
    assert stream in text.replace("\n", "")


def test_a_task_that_does_not_exist_is_reported_with_where_it_was_looked_for(jobs: Jobs, still: World) -> None:
    result = jobs.run("tasks", "ffff", "--since", "2h")
    assert result.exit_code == 4
    assert still.cluster.cluster in result.stderr
    assert f"log group /ecs/{still.name}" in result.stderr
    assert "--since 1d" in result.stderr
    tell(still, ended("a1" + "0" * 30, datetime.now(UTC)))
    tell(still, ended("a2" + "0" * 30, datetime.now(UTC)))
    assert jobs.run("tasks", "a").exit_code == 2
    assert jobs.run("tasks", "--service", "nobody").exit_code == 2


def test_the_exit_codes_are_the_workers_own() -> None:
    worker = {bootstrap.SETTINGS_EXIT_CODE, bootstrap.UNAVAILABLE_EXIT_CODE, STUCK_EXIT_CODE, STOPPED_EXIT_CODE}
    assert worker | {0} == MEANINGS.keys()
    task = read_task(ended("a" * 32, datetime.now(UTC)), "main-job")
    assert task.failed
    assert not replace(task, stop_code="ServiceSchedulerInitiated").failed
    assert replace(task, stop_code="", reason="Task failed container health checks").failed
    (own, collector) = task.containers
    assert "queue" in meaning("main-job", own)
    assert meaning("main-job", replace(own, exit_code=None, reason="CannotPullContainerError: x")).startswith("Cannot")
    assert meaning("main-job", replace(collector, exit_code=69, reason="")) == "69"
