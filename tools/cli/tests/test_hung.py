"""Jobs that hang, jobs whose task is gone, and tasks that still run jobs when their service is paused."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from ulid import ULID

from jobqueue.messages.job_id import job_log_stream
from jobqueue.telemetry import names

from .conftest import Jobs
from .world import World

GONE = "c" * 32


@dataclass
class Scene:
    """A stack with one task, in which jobs began `ago` seconds ago."""

    world: World
    task: str

    def begins(self, job_id: str, attempt: int, task: str, ago: float) -> None:
        self._write(job_log_stream(job_id), job_id, attempt, ago, event="job.started", task=task)

    def hangs(self, job_id: str, attempt: int, task: str, ago: float) -> None:
        self._write(f"background-job/background-job/{task}", job_id, attempt, ago, event="job.hung", seconds=300.0)

    def _write(self, stream: str, job_id: str, attempt: int, ago: float, **fields: object) -> None:
        ids = {"jobId": job_id, "jobType": "report", "correlationId": "order-1", "attempt": attempt, "message": "said"}
        at_ms = round((time.time() - ago) * 1000)
        self.world.write(self.world.group("background-job"), stream, (at_ms, json.dumps({**ids, **fields})))


@pytest.fixture
def scene(still: World) -> Scene:
    return Scene(still, still.cluster.tasks[0].task_id if still.cluster.tasks else still.cluster.start().task_id)


@pytest.fixture
def jobs(still: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(still)


@pytest.fixture
def job_id() -> str:
    return str(ULID.from_timestamp(time.time() - 600))


def test_a_hung_job_is_shown_with_attempt_task_and_age_and_no_dead_task_runs_it(
    scene: Scene, jobs: Jobs, job_id: str
) -> None:
    scene.begins(job_id, 1, GONE, ago=590)
    scene.begins(job_id, 2, GONE, ago=500)
    scene.begins(job_id, 3, scene.task, ago=320)
    scene.hangs(job_id, 3, scene.task, ago=20)
    (listed,) = jobs.said("list")
    assert (listed["status"], listed["attempts"], listed["task"]) == ("hung", 3, scene.task)
    assert re.search(rf"for \d+ min, in task {scene.task[:12]}", jobs.run("list", COLUMNS="250").stdout)
    assert jobs.said("list", "--status", "running") == []
    shown = jobs.said("show", job_id)
    assert shown["status"] == "hung"
    assert [(one["number"], one["outcome"], one["task"]) for one in shown["attempts"]] == [
        (1, "lost", GONE),
        (2, "lost", GONE),
        (3, "hung", scene.task),
    ]
    assert re.search(r"\d+ min so far", jobs.run("show", job_id).stdout)


def test_a_job_whose_task_is_gone_is_lost_until_another_attempt_begins(scene: Scene, jobs: Jobs, job_id: str) -> None:
    scene.begins(job_id, 1, GONE, ago=30)
    assert [one["status"] for one in jobs.said("list", "--status", "lost")] == ["lost"]
    assert jobs.said("show", job_id)["status"] == "lost"
    scene.begins(job_id, 2, scene.task, ago=1)
    assert [one["status"] for one in jobs.said("list")] == ["running"]


def test_stuck_slots_are_shown(scene: Scene, jobs: Jobs) -> None:
    queue = scene.world.queues["background-jobs"].name
    figures = {names.DESTINATION: queue, names.SLOTS_IN_USE.name: 4, names.SLOTS_STUCK.name: 2}
    scene.world.write(scene.world.group("metrics"), "background-job/1", (time.time_ns() // 10**6, json.dumps(figures)))
    assert jobs.said("status")["slots"] == {"background-job": {"in_use": 4, "stuck": 2, "tasks": 1}}
    assert "4 in use by 1 task, 2 STUCK" in jobs.run("status").stdout


def test_a_pause_names_the_tasks_that_still_run_jobs(scene: Scene, jobs: Jobs, job_id: str) -> None:
    scene.begins(job_id, 1, scene.task, ago=50)
    scene.hangs(job_id, 1, scene.task, ago=20)
    scene.begins(str(ULID()), 1, GONE, ago=10)
    said = jobs.run("pause", "background-job", "--no-wait")
    assert said.exit_code == 0, (said.stdout, said.stderr)
    told = rf"task {scene.task[:12]} still runs {job_id} \(report, attempt 1, for \d+ s, HUNG\)\n"
    assert re.search(told, said.stderr)
    assert scene.world.cluster.describe()["desiredCount"] == 0


def test_a_pause_now_stops_every_task(scene: Scene, jobs: Jobs) -> None:
    assert scene.world.cluster.stop_requests() == {}
    said = jobs.run("pause", "background-job", "--no-wait", "--now")
    assert "stopping 1 task\n" in said.stderr
    assert scene.world.cluster.stop_requests() == {scene.task: "jobctl pause --now"}
