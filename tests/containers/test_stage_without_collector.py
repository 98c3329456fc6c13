"""Work without telemetry and without job logs. On the stage of `test_stage`: its collector killed, broken, log streams too few.

Last of the files on that stage, which it leaves crippled; so the account of all rights that its tasks used is here too.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from devkit.rights.compare import IN_CONTAINERS, compare_services
from jobqueue.cloudwatch.overflow import PREFIX as OVERFLOW
from jobqueue.messages.job_id import job_log_stream

from ..system.crm import of_the_page
from .crowd import trigger
from .stage_run import ROOM_SECONDS, StageRun, until

pytestmark = pytest.mark.timeout(600)


def test_jobs_go_on_without_their_collector_and_its_absence_is_told_once(run: StageRun) -> None:
    task = run.task("background-job")
    run.stage.scheduler.kill(task.task_id, "collector")
    completed = 0
    while completed < 60 and not told(run):
        run.completed(run.send([trigger() for _ in range(10)]))
        completed += 10
    until(lambda: told(run), "the worker says that its telemetry is not delivered")
    run.completed(run.send([trigger() for _ in range(20)]))
    assert len(told(run)) == 1
    after = run.task("background-job")
    assert after.task_id == task.task_id, "the task goes on without its collector"


def told(run: StageRun) -> list[str]:
    lines = run.worker_lines("background-job", run.task("background-job"))
    return [line["message"] for line in lines if line["level"] == "WARNING" and "telemetry" in line["message"].lower()]


@pytest.fixture(scope="module")
def crippled(run: StageRun) -> StageRun:
    """The same stack with a collector that cannot read its configuration, and a share of new log streams that is far too small."""
    file = run.stage.installation.copy / Path("docker/collector/config.yaml")
    file.write_text("receivers: [this, is, no, configuration]\n")
    run.stage.apply({"job_log_streams_per_second": 1, "job_log_stream_wait_seconds": 0.5})
    run.stage.settle(ROOM_SECONDS)
    return run


def test_a_collector_with_a_broken_configuration_holds_no_job_up(crippled: StageRun) -> None:
    task = crippled.task("background-job")
    collector = until(lambda: crippled.task("background-job").container("collector").exit_code, "the collector ended")
    assert collector != 0
    crippled.completed(crippled.send([trigger() for _ in range(5)]))
    assert crippled.task("background-job").task_id == task.task_id


def test_every_job_is_found_when_log_streams_are_too_few(crippled: StageRun) -> None:
    sent = crippled.send([trigger() for _ in range(60)])
    stories = crippled.completed(sent)
    assert len(stories) == 60
    group = crippled.output("cloudwatch_log_group_background_job")
    own = crippled.streams(group, "job-streams/")
    without = [story for story in stories if job_log_stream(story.job_id) not in own]
    assert without, "the overflow was not forced"
    task = crippled.task("background-job")
    overflow = [name for name in crippled.streams(group, f"{OVERFLOW}/") if name.endswith(task.task_id)]
    written = "\n".join(line for name in overflow for line in crippled.lines(group, name))
    assert all(story.job_id in written for story in without)


def test_a_run_has_exactly_the_rights_that_it_needs(run: StageRun) -> None:
    calls = {
        service: [call for call in run.stage.agent.calls(service) if not of_the_page(call)]
        for service in ("main-job", "background-job")
    }
    assert {"PutTraceSegments"} <= {call.operation for call in calls["main-job"]}
    print(compare_services(run.stage.outputs, run.stage.clients, calls, IN_CONTAINERS))
