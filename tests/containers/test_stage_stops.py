"""Work while tasks are killed, protected or stopped. On the stage of `test_stage`."""

from __future__ import annotations

import json

import pytest

from localaws.fargate.view import State

from .crowd import trigger
from .linked import linked
from .stage_run import ROOM_SECONDS, StageRun, until

pytestmark = pytest.mark.timeout(600)

LISTENERS = """
import json, os
inodes = {os.readlink(f"/proc/{p}/fd/{f}") for p in os.listdir("/proc") if p.isdigit() and os.access(f"/proc/{p}/fd", os.R_OK)
          for f in os.listdir(f"/proc/{p}/fd") if os.path.islink(f"/proc/{p}/fd/{f}")}
found = []
for table in ("tcp", "tcp6", "udp", "udp6"):
    for line in open(f"/proc/net/{table}").readlines()[1:]:
        fields = line.split()
        if fields[3] == ("0A" if table.startswith("tcp") else "07"):
            found.append((table, fields[1], f"socket:[{fields[9]}]" in inodes))
print(json.dumps(found))
"""
"""Which sockets of the task's network take what comes: table, address, whether a process of this container has it open."""


def test_a_job_whose_worker_is_killed_completes_elsewhere_and_once(run: StageRun) -> None:
    (sent,) = run.send([trigger(seconds=6)])
    run.event_of(sent, "job.started")
    victim = run.task("background-job")
    run.stage.scheduler.kill(victim.task_id)
    (story,) = run.completed([sent])
    assert story.attempts == 2
    completed = [one for one in run.job_events() if (one.correlation_id, one.event) == (sent, "job.completed")]
    assert len(completed) == 1
    (ended,) = [task for task in run.stage.scheduler.tasks() if task.task_id == victim.task_id]
    assert ended.container("background-job").exit_code == 137
    assert ended.why is not None
    assert ended.why.reason == "Essential container in task exited"
    run.stage.settle(ROOM_SECONDS)


def test_a_long_job_asks_for_protection_and_drops_it_when_it_is_done(run: StageRun) -> None:
    task = run.task("background-job")
    before = len(run.stage.agent.protections(task.task_id))
    (sent,) = run.send([trigger(seconds=4)])
    run.completed([sent])
    wishes = until(
        lambda: (found := run.stage.agent.protections(task.task_id)[before:]) and not found[-1].enabled and found,
        "protection asked for and dropped",
    )
    assert [wish.enabled for wish in wishes] == [True, False]


def test_nothing_listens_in_the_worker_and_the_collector_listens_on_loopback_only(run: StageRun) -> None:
    for service in ("main-job", "background-job"):
        found = json.loads(run.run_in(run.task(service), service, LISTENERS))
        assert not [one for one in found if one[2]], "a process of the worker's container listens"
        addresses = {address for table, address, _ in found if table.startswith("tcp")}
        assert {int(address.rpartition(":")[2], 16) for address in addresses} == {4317, 4318, 13133}
        assert {address.rpartition(":")[0] for address in addresses} == {"0100007F"}


def test_a_stop_drains_ends_with_zero_stops_the_collector_last_and_loses_no_span(run: StageRun) -> None:
    sent = run.send([trigger(seconds=0.2) for _ in range(40)])
    until(lambda: any(story.status == "completed" for story in run.stories(sent)), "the first of them completed")
    tasks = {service: run.task(service) for service in ("main-job", "background-job")}
    for service in tasks:
        run.scale(service, 0)
    ids = {task.task_id for task in tasks.values()}
    run.stage.scheduler.wait(
        lambda all_of_them: all(one.state is State.STOPPED for one in all_of_them if one.task_id in ids), 90, "stopped"
    )
    ended = {one.task_id: one for one in run.stage.scheduler.tasks()}
    for service, task in tasks.items():
        worker, collector = (ended[task.task_id].container(name) for name in (service, "collector"))
        assert worker.exit_code == 0
        assert worker.stopped_at is not None
        assert collector.stopped_at is not None
        assert worker.stopped_at <= collector.stopped_at
        assert run.worker_lines(service, task)[-1]["message"]
    for service in tasks:
        run.scale(service, 1)
    stories = run.completed(sent)
    until(lambda: linked(run, stories), "a whole trace of every job that was under way at the stop")
    run.stage.settle(ROOM_SECONDS)
