"""Does the whole thing do what a user was promised? Terraform's stack on a local AWS, its task definitions in real containers, with collectors.

One stage for all tests, which come in order: each leaves every service with ready tasks.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobqueue.cloudwatch.overflow import PREFIX as OVERFLOW
from jobqueue.messages.job_id import job_log_stream
from jobtools.docker import Docker
from jobtools.door import Refusal
from jobtools.fargate.view import State, TaskView
from jobtools.infra.progress import Progress
from jobtools.infra_proof.compare import compare_rights
from jobtools.infra_proof.rights import IN_CONTAINERS
from jobtools.local.stop import StopSignals
from jobtools.look.job_event import JobStory
from jobtools.stage.stage import Stage

from .stage_run import StageRun, until

pytestmark = pytest.mark.timeout(300)

TRIGGERS = 200
LEASE_SECONDS = 10
VALUES = {
    "lease_seconds": LEASE_SECONDS,  # a dead worker's jobs come back soon
    "protection_after_seconds": 1,
    "settle_linger_seconds": 0.1,
}
ROOM_SECONDS = 150
"""For `settle`: a roll waits for a health check, whose interval is 30 s."""
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


def trigger(end: str = "complete", seconds: float = 0.0) -> str:
    return json.dumps({"trigger": "test", "jobType": "simulate", "data": {"seconds": seconds, "end": end}})


@pytest.fixture(scope="module")
def run(docker: Docker) -> Iterator[StageRun]:
    with (
        StopSignals() as stop,
        Stage(docker, Progress(), stop, lambda text: print("!", text, file=sys.stderr), values=VALUES) as stage,
    ):
        yield StageRun(stage, docker)


def test_each_of_two_hundred_triggers_becomes_a_job_with_its_own_log_one_trace_and_true_metrics(run: StageRun) -> None:
    sent = run.send([trigger() for _ in range(TRIGGERS)])
    stories = run.completed(sent)
    assert len(stories) == TRIGGERS
    own = run.streams(run.output("cloudwatch_log_group_background_job"), "job-streams/")
    assert {job_log_stream(story.job_id) for story in stories} <= own
    check_container_output(run, stories)
    until(lambda: linked(run, stories), "one trace for each trigger, over both services")
    triggers, jobs = queue_names(run)
    until(
        lambda: (
            {
                (metric, queue): run.metric_sums()[metric, queue]
                for metric in ("messaging.client.consumed.messages", "jobs.attempts", "messaging.process.duration")
                for queue in (triggers, jobs)
            }
            == {
                (metric, queue): TRIGGERS
                for metric in ("messaging.client.consumed.messages", "jobs.attempts", "messaging.process.duration")
                for queue in (triggers, jobs)
            }
        ),
        f"metrics whose sums are {TRIGGERS}",
    )
    namespaces = {one["Namespace"] for record in run.metric_records() for one in record["_aws"]["CloudWatchMetrics"]}
    assert namespaces == {run.output("cloudwatch_metrics_namespace")}
    dimensions = {
        tuple(sorted(names))
        for record in run.metric_records()
        for one in record["_aws"]["CloudWatchMetrics"]
        for names in one["Dimensions"]
    }
    queue = "messaging.destination.name"
    assert dimensions <= {
        (queue,),
        ("jobs.outcome", queue),
        ("jobs.reject_reason", queue),
        (queue, "messaging.operation.name"),
    }


def check_container_output(run: StageRun, stories: list[JobStory]) -> None:
    for service in ("main-job", "background-job"):
        task = run.task(service)
        until(
            lambda: {story.job_id for story in stories} <= done_in_output(run, service, task),  # noqa: B023
            f"every job in {service}'s output",
        )
        assert {line["service"] for line in run.worker_lines(service, task)} == {service}
        collector = run.lines(run.output("cloudwatch_log_group_ecs"), f"{service}/collector/{task.task_id}")
        assert not [line for line in collector if '"level":"error"' in line]


def done_in_output(run: StageRun, service: str, task: TaskView) -> set[str]:
    return {line["jobId"] for line in run.worker_lines(service, task) if line["message"] == "job done"}


def linked(run: StageRun, stories: list[JobStory]) -> bool:
    """Whether each job has exactly one trace: the main job's segment, below its processing the background job's."""
    wanted = {story.job_id for story in stories}
    traces: dict[str, list[str]] = {}
    for trace_id, segments in run.traces().items():
        by_name = {segment["name"]: segment for segment in segments}
        if not {"main-job", "background-job"} <= by_name.keys():
            continue
        main, background = by_name["main-job"], by_name["background-job"]
        job_id = main["annotations"]["jobs.job_id"]
        (processing,) = main["subsegments"]
        triggers, jobs = queue_names(run)
        assert processing["name"] == f"process {triggers}"
        assert background["parent_id"] == processing["id"]
        assert background["annotations"]["jobs.job_id"] == job_id
        assert [one["name"] for one in background["subsegments"]] == [f"process {jobs}"]
        traces.setdefault(job_id, []).append(trace_id)
    assert all(len(found) == 1 for found in traces.values())
    return wanted <= traces.keys()


def queue_names(run: StageRun) -> tuple[str, str]:
    urls = run.output("sqs_main_job_triggers_queue_url"), run.output("sqs_background_jobs_queue_url")
    triggers, jobs = (url.rpartition("/")[2] for url in urls)
    return triggers, jobs


def test_failures_go_their_ways_through_the_containers_too(run: StageRun) -> None:
    run.stage.door.refuse(
        "main-job", Refusal("SendMessageBatch", 503, "ServiceUnavailable", until="ChangeMessageVisibilityBatch")
    )
    good = run.send([trigger("fail_once"), trigger("retry_once")])
    run.send([trigger("reject"), trigger("fail"), '{"trigger": "cut off in the mid'])
    stories = run.completed(good)
    assert {story.attempts for story in stories} == {2}
    letters = ("sqs_main_job_triggers_dlq_url", "sqs_background_jobs_dlq_url")

    def counts() -> list[int]:
        name = "ApproximateNumberOfMessages"
        found = [run.sqs.get_queue_attributes(QueueUrl=run.output(url), AttributeNames=[name]) for url in letters]
        return [int(one["Attributes"][name]) for one in found]

    until(lambda: counts() == [1, 2], "one dead trigger, two dead jobs")


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
    before = len(run.stage.door.protections(task.task_id))
    (sent,) = run.send([trigger(seconds=4)])
    run.completed([sent])
    wishes = until(
        lambda: (found := run.stage.door.protections(task.task_id)[before:]) and not found[-1].enabled and found,
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
    until(lambda: any(story.completed_ms for story in run.stories(sent)), "the first of them completed")
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
    file = run.stage.stack.folder / Path("docker/collector/config.yaml")
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
    calls = {service: run.stage.door.calls(service) for service in ("main-job", "background-job")}
    assert {"PutTraceSegments"} <= {call.operation for call in calls["main-job"]}
    print(compare_rights(run.stage.outputs, run.stage.clients, calls, IN_CONTAINERS))
