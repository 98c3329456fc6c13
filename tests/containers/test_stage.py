"""The whole stack: Terraform's on a local AWS, its task definitions in real containers, with collectors.

One stage for this file and those that follow it by name (`test_stage_*`), whose tests come in order: each leaves every service with ready tasks.
"""

from __future__ import annotations

import pytest

from jobctl.queries.job_state import JobState
from jobqueue.messages.job_id import job_log_stream
from localaws.ecs_agent import Refusal
from localaws.fargate.view import TaskView

from .crowd import CUT_OFF, attempts, crowd, receives, trigger
from .linked import linked, queue_names
from .stage_run import StageRun, until

pytestmark = pytest.mark.timeout(600)


def test_each_of_five_hundred_triggers_has_its_fate_and_log_one_trace_and_true_metrics(run: StageRun) -> None:
    fates = [fate for _, fate in crowd()]
    sent = run.send([fate.body for fate in fates])
    good = [one for one, fate in zip(sent, fates, strict=True) if fate.completes]
    attempts_of = {one: fate.attempts for one, fate in zip(sent, fates, strict=True)}
    stories = run.completed(good)
    assert {story.correlation_id: story.attempts for story in stories} == {one: attempts_of[one] for one in good}
    dead = [sum(fate.reason != "" and bool(fate.attempts) is at_jobs for fate in fates) for at_jobs in (False, True)]
    until(lambda: run.dead_letters() == dead, f"{dead} dead triggers and jobs")
    own = run.streams(run.output("cloudwatch_log_group_background_job"), "job-streams/")
    assert {job_log_stream(story.job_id) for story in stories} <= own
    check_container_output(run, stories)
    until(lambda: linked(run, stories), "one trace for each trigger, over both services")
    queues = dict(zip(("main-job", "background-job"), queue_names(run), strict=True))
    expected = {
        **{("messaging.client.consumed.messages", queues[name]): count for name, count in receives().items()},
        **{("messaging.process.duration", queues[name]): count for name, count in receives().items()},
        **{("jobs.attempts", queues[name]): counts.total() for name, counts in attempts().items()},
    }
    until(lambda: run.metric_sums().items() >= expected.items(), f"metrics whose sums are {expected}")
    check_dimensions(run)


def check_dimensions(run: StageRun) -> None:
    declared = [one for record in run.metric_records() for one in record["_aws"]["CloudWatchMetrics"]]
    assert {one["Namespace"] for one in declared} == {run.output("cloudwatch_metrics_namespace")}
    queue = "messaging.destination.name"
    assert {tuple(sorted(names)) for one in declared for names in one["Dimensions"]} <= {
        (queue,),
        ("jobs.outcome", queue),
        ("jobs.reject_reason", queue),
        (queue, "messaging.operation.name"),
    }


def check_container_output(run: StageRun, stories: list[JobState]) -> None:
    for service in ("main-job", "background-job"):
        task = run.task(service)
        until(
            lambda: {story.job_id for story in stories} <= done_in_output(run, service, task),  # noqa: B023
            f"every job in {service}'s output",
        )
        assert {line["service"] for line in run.worker_lines(service, task)} == {service}


def done_in_output(run: StageRun, service: str, task: TaskView) -> set[str]:
    return {line["jobId"] for line in run.worker_lines(service, task) if line["message"] == "job done"}


def test_failures_go_their_ways_through_the_containers_too(run: StageRun) -> None:
    run.stage.agent.refuse(
        "main-job", Refusal("SendMessageBatch", 503, "ServiceUnavailable", until="ChangeMessageVisibilityBatch")
    )
    before = run.dead_letters()
    good = run.send([trigger("fail_once"), trigger("retry_once")])
    run.send([trigger("reject"), trigger("fail"), CUT_OFF])
    stories = run.completed(good)
    assert {story.attempts for story in stories} == {2}
    until(lambda: run.dead_letters() == [before[0] + 1, before[1] + 2], "one dead trigger more, two dead jobs more")
