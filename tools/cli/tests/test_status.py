"""`jobctl status` and `jobctl list`, compared with what the tests put into the stack."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from ulid import ULID

from jobqueue.messages.job_id import derive_job_id

from .conftest import Jobs
from .world import World


@pytest.fixture
def jobs(still: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(still)


def dead_letter(one: World, reason: str) -> None:
    one.clients("sqs").send_message(
        QueueUrl=one.queues["background-jobs"].dead_letter_url,
        MessageBody="{}",
        MessageAttributes={"deadLetterReason": {"DataType": "String", "StringValue": reason}},
    )


def test_it_counts_tasks_messages_attempts_and_dead_letters(jobs: Jobs, still: World) -> None:
    now = time.time_ns() // 1_000_000
    still.clients("sqs").send_message(QueueUrl=still.queues["main-job-triggers"].url, MessageBody="{}")
    for reason in ("unsupported", "unsupported", "simulated"):
        dead_letter(still, reason)
    for outcome, attempts in (("done", 20), ("done", 10), ("reject", 2)):
        still.metric("background-jobs", outcome, attempts, now)
    still.metric("background-jobs", "done", 1000, now - 3_600_000)
    status = jobs.said("status")
    queue = still.queues["background-jobs"]
    assert status["attempts"] == [{"queue": queue.name, "by_outcome": {"done": 30, "reject": 2}}]
    assert status["dead"] == [
        {"queue": queue.dead_letter_name, "reason": "unsupported", "count": 2},
        {"queue": queue.dead_letter_name, "reason": "simulated", "count": 1},
    ]
    services = {one["name"]: one for one in status["environment"]["services"]}
    assert (services["main-job"]["running"], services["main-job"]["queue"]["waiting"]) == (1, 1)
    assert services["background-job"]["dead_letters"]["waiting"] == 3


def test_it_names_alarms_images_and_links(jobs: Jobs, still: World) -> None:
    cloudwatch, ecr = still.clients("cloudwatch"), still.clients("ecr")
    for name, state in (("on", "ALARM"), ("off", "OK")):
        alarm: Any = {
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "Period": 60,
        }
        name = f"{still.name}-{name}"
        cloudwatch.put_metric_alarm(AlarmName=name, MetricName="a", Namespace="a", Statistic="Sum", **alarm)
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")
    repository = f"{still.project}/main-job"
    ecr.create_repository(repositoryName=repository)
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": []}
    for tag in ("content-abc", "1.0.0-1234567"):
        ecr.put_image(repositoryName=repository, imageManifest=json.dumps(manifest), imageTag=tag)
    (image,) = ecr.describe_images(repositoryName=repository)["imageDetails"]
    registry = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
    still.cluster.deploy(image=f"{registry}/{repository}@{image['imageDigest']}")

    found = jobs.said("status")["environment"]
    assert found["alarms"] == [f"{still.name}-on"]
    assert [one["tag"] for one in found["services"][1]["images"]] == ["1.0.0-1234567"]
    assert found["links"] == {
        "dashboard": f"CloudWatch dashboard {still.name}",
        f"alarm {still.name}-on": f"CloudWatch alarm {still.name}-on",
        "background-job": f"ECS service {still.cluster.service}",
        "main-job": f"ECS service {still.cluster.service}",
    }
    text = jobs.run("status").stdout
    assert [word for word in (f"{still.name}-on", "1.0.0-1234567", "CloudWatch dashboard") if word not in text] == []


def test_a_person_reads_it_in_80_columns_with_local_times(jobs: Jobs, zone: Callable[[str], None]) -> None:
    zone("Asia/Kolkata")
    result = jobs.run("status", COLUMNS="80")
    assert result.exit_code == 0, result.stderr
    assert "+05:30" in result.stdout
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_a_list_without_a_job_names_what_was_asked_for(jobs: Jobs) -> None:
    assert jobs.said("list") == []
    result = jobs.run("list", "--correlation-id", "u42")
    assert (result.exit_code, result.stderr) == (0, "No job with correlation id u42 in the last hour\n")


def test_a_letter_that_sqs_moved_is_found_by_the_id_that_its_workers_gave_it(jobs: Jobs, still: World) -> None:
    sqs, queue = still.clients("sqs"), still.queues["main-job-triggers"]
    message_id = sqs.send_message(QueueUrl=queue.dead_letter_url, MessageBody='{"trigger": "test"}')["MessageId"]
    (letter,) = sqs.receive_message(
        QueueUrl=queue.dead_letter_url, MessageSystemAttributeNames=["SentTimestamp"], VisibilityTimeout=0
    )["Messages"]
    job_id = derive_job_id(queue.name, message_id, int(letter["Attributes"]["SentTimestamp"]))
    shown = jobs.said("show", job_id)
    assert (shown["status"], shown["state"], shown["attempts"]) == ("dead letter", None, [])
    assert (shown["letter"]["queue"], shown["letter"]["job_type"]) == (queue.dead_letter_name, "test")
    assert "moved by SQS" in jobs.run("show", job_id).stdout


def test_attempts_that_are_far_apart_are_all_shown_with_their_tasks(jobs: Jobs, still: World) -> None:
    hour_ms, made_ms = 3_600_000, time.time_ns() // 1_000_000 - 4 * 3_600_000
    job_id = str(ULID.from_timestamp(made_ms / 1000))
    for number, (after_ms, outcome) in enumerate(
        [(1_000, "retry"), (50 * 60_000, "retry"), (100 * 60_000, "reject")], 1
    ):
        line = {"jobId": job_id, "message": "job failed", "attempt": number, "outcome": outcome, "seconds": 0.5}
        still.write(still.group("main-job"), f"main-job/main-job/task-{number}", (made_ms + after_ms, json.dumps(line)))
    late = {"jobId": job_id, "message": "another's", "outcome": "done", "attempt": 9}
    still.write(still.group("main-job"), "main-job/main-job/task-9", (made_ms + 3 * hour_ms, json.dumps(late)))
    shown = jobs.said("show", job_id)
    assert [(one["number"], one["task"]) for one in shown["attempts"]] == [(1, "task-1"), (2, "task-2"), (3, "task-3")]
    assert [one["what"] for one in shown["timeline"]][1:] == [
        "received by the main job",
        "attempt 2",
        "attempt 3",
        "rejected by the main job",
    ]
