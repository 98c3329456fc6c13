"""Answers of `jobctl` about a run, each against what SQS, CloudWatch Logs and X-Ray hold, read by other code (`truth`).

After `test_stage`, on its stage: five hundred triggers with failures and poison, with real collectors. What `jobctl` shows of a single job or letter
is proven beside the command (`tools/cli/tests/test_flow.py`).
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from . import answers
from .jobs_command import JobsCommand, jobs_command
from .stage_run import StageRun, until
from .truth import SERVICES, Truth

pytestmark = pytest.mark.timeout(600)

WINDOW_MS = 15 * 60_000
"""Of the attempts in `jobctl status`."""
SHOWN = 3
"""Jobs of a kind that did not die: asked for one by one."""


@pytest.fixture(scope="module")
def jobs(run: StageRun) -> Iterator[JobsCommand]:
    with jobs_command(run.stage.endpoint) as command:
        yield command


@pytest.fixture(scope="module")
def truth(run: StageRun) -> Truth:
    """The truth with two triggers that SQS itself dead-lettered, as it leaves them: their own MessageId and body, no attribute that says why."""
    for number in range(2):
        body = json.dumps({"trigger": "moved", "data": {"number": number}})
        run.sqs.send_message(QueueUrl=run.output("sqs_main_job_triggers_dlq_url"), MessageBody=body)

    def whole() -> Truth | None:
        """Spans and metrics come some seconds after their jobs."""
        found = Truth(run.stage.clients, run.stage.outputs)
        return found if set(found.by_job) == set(found.trace_ids) and _traced_attempts(found) else None

    found: Truth = until(whole, "every attempt that a log tells of in X-Ray", 90)
    return found


def _traced_attempts(truth: Truth) -> bool:
    told = Counter(
        (job, one.service, one.fields["attempt"])
        for job, records in truth.by_job.items()
        for one in records
        if not one.in_job_log
    )
    seen = Counter(
        (job, one.segment["name"], one.tells("jobs.attempt"))
        for job, trace_id in truth.trace_ids.items()
        for one in truth.attempts(trace_id)
    )
    return told == seen


@pytest.fixture(scope="module")
def some(truth: Truth) -> list[str]:
    """Jobs that completed: of each type and number of attempts, spread over the run."""
    kinds: dict[tuple[str, int], list[str]] = {}
    for job_id in truth.by_job:
        told = answers.listed(truth, job_id)
        if told["status"] == "completed":
            kinds.setdefault((told["job_type"], told["attempts"]), []).append(job_id)
    return [job_id for ids in kinds.values() for job_id in ids[:: max(1, len(ids) // SHOWN)][:SHOWN]]


def test_status_is_what_ecs_sqs_and_the_metrics_say(run: StageRun, jobs: JobsCommand, truth: Truth) -> None:
    said = jobs.said("status")
    for service in said["environment"]["services"]:
        name = service["name"]
        (told,) = run.ecs.describe_services(
            cluster=run.output("ecs_cluster_name"), services=[run.output(f"ecs_{SERVICES[name]}_service_name")]
        )["services"]
        assert (service["wanted"], service["running"], service["pending"], service["task_definition"]) == (
            told["desiredCount"],
            told["runningCount"],
            told["pendingCount"],
            told["taskDefinition"],
        )
        definition = run.ecs.describe_task_definition(taskDefinition=told["taskDefinition"])["taskDefinition"]
        images = {one["name"]: one["image"] for one in definition["containerDefinitions"]}
        assert {one["container"]: one["reference"] for one in service["images"]} == images
        for what in ("queue", "dead_letters"):
            assert service[what].items() >= depth(run, service[what]["name"]).items()
    assert {one["name"] for one in said["environment"]["services"]} == set(SERVICES)
    alarms = run.stage.clients("cloudwatch").describe_alarms()["MetricAlarms"]
    ringing = {one["AlarmName"] for one in alarms if one["StateValue"] == "ALARM"}
    assert set(said["environment"]["alarms"]) == ringing
    dead = Counter((one.queue, one.reason) for one in truth.letters)
    assert {(one["queue"], one["reason"]): one["count"] for one in said["dead"]} == dead


def test_status_counts_the_attempts_that_the_metrics_count(jobs: JobsCommand, truth: Truth) -> None:
    def agree() -> bool:
        counted = {one["queue"]: one["by_outcome"] for one in jobs.said("status")["attempts"]}
        return counted == truth.attempts_counted(time.time() * 1000 - WINDOW_MS)

    until(agree, "jobctl status and the metrics agree; a task exports its metrics once a minute", 90)


def depth(run: StageRun, queue: str) -> dict[str, int]:
    url = run.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    told = run.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return {
        "waiting": int(told["ApproximateNumberOfMessages"]),
        "in_flight": int(told["ApproximateNumberOfMessagesNotVisible"]),
        "delayed": int(told["ApproximateNumberOfMessagesDelayed"]),
    }


def test_list_has_every_job_as_it_stands(jobs: JobsCommand, truth: Truth) -> None:
    said = {one["job_id"]: one for one in jobs.said("list", "--logs", "--limit", "10000")}
    assert said.keys() == truth.by_job.keys()
    wrong = [(one, told) for job_id, one in said.items() if one != (told := answers.listed(truth, job_id))]
    assert not wrong, wrong[:3]
    assert len(said) > 500 - 10
    dead = jobs.said("list", "--limit", "10000", "--status", "dead-letter", "--type", "simulate")
    assert {one["job_id"] for one in dead} == {
        job_id for job_id, one in said.items() if (one["status"], one["job_type"]) == ("dead letter", "simulate")
    }


def test_trace_is_what_x_ray_has_under_its_id(jobs: JobsCommand, truth: Truth, some: Sequence[str]) -> None:
    dead = [one.job_id for one in truth.letters if one.job_id in truth.by_job]
    for job_id in [*some, *dead[::4]]:
        trace_id = truth.trace_ids[job_id]
        said = jobs.said("trace", job_id)
        assert said["trace_id"].replace("-", "")[1:] == trace_id
        expected = answers.traced(truth, trace_id)
        spans = {one["span_id"]: {name: one[name] for name in next(iter(expected.values()))} for one in said["spans"]}
        assert spans == expected
        assert answers.times_agree(truth, trace_id, said["spans"])
