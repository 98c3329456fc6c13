"""What runs where."""

from __future__ import annotations

import json

import pytest

from jobctl.environment.info import standing_view
from jobctl.environment.paused import Former, keep
from jobctl.environment.status import read_standing
from jobctl.environment.target import Target
from jobctl.views.screen import make_console

from ..scripted import ScriptedCluster
from .played import Played

PAUSED = Former("2026-01-01T00:00:00Z", 2, None)


@pytest.fixture
def played(target: Target) -> Played:
    """A service of which one task of two runs, one waiting trigger, one dead letter, one alarm that is on and one that is not."""
    cluster = ScriptedCluster(target.clients("ecs"), desired=2, container="main-job")
    cluster.roll()
    one = Played(target, cluster)
    for queue in ("triggers", "jobs-dlq"):
        target.clients("sqs").send_message(QueueUrl=one.urls[queue], MessageBody="{}")
    for name, state in (("on", "ALARM"), ("off", "OK")):
        alarm = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1, "Period": 60}
        cloudwatch = target.clients("cloudwatch")
        name = f"{target.name}-{name}"
        cloudwatch.put_metric_alarm(AlarmName=name, MetricName="a", Namespace="a", Statistic="Sum", **alarm)
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="told")
    return one


def test_it_has_tasks_deployments_queues_and_alarms(target: Target, played: Played) -> None:
    standing = read_standing(target, played.outputs)
    background, main = standing.services
    assert (main.name, main.running, main.wanted, main.pending) == ("main-job", 1, 2, 0)
    assert main.deployment == "IN_PROGRESS"
    assert (main.queue.waiting, main.dead_letters.waiting, background.dead_letters.waiting) == (1, 0, 1)
    assert standing.alarms == (f"{target.name}-on",)


def test_a_paused_service_is_named_with_what_it_was(target: Target, played: Played) -> None:
    keep(target.clients("ssm"), played.outputs["ssm_paused_parameter_name"], "main-job", PAUSED)
    standing = read_standing(target, played.outputs)
    assert [(one.name, one.paused) for one in standing.services] == [("background-job", None), ("main-job", PAUSED)]
    console = make_console()
    with console.capture() as captured:
        console.print(standing_view(standing), width=200)
    said = "main-job is paused since 2026-01-01T00:00:00Z (it had 2 tasks); `jobctl resume main-job` ends that."
    assert said in " ".join(captured.get().split())


def test_it_leads_to_the_dashboard_the_alarms_that_are_on_and_the_services(target: Target, played: Played) -> None:
    standing = read_standing(target, played.outputs)
    assert list(standing.links) == ["dashboard", f"alarm {target.name}-on", "background-job", "main-job"]
    assert standing.links["dashboard"] == "CloudWatch dashboard jobs-dev"


def test_an_image_has_the_name_that_the_registry_knows(target: Target) -> None:
    ecr, repository = target.clients("ecr"), f"{target.project}/main-job"
    ecr.create_repository(repositoryName=repository)
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": []}
    for tag in ("content-abc", "1.0.0-1234567"):
        ecr.put_image(repositoryName=repository, imageManifest=json.dumps(manifest), imageTag=tag)
    (image,) = ecr.describe_images(repositoryName=repository)["imageDetails"]
    cluster = ScriptedCluster(target.clients("ecs"), container="main-job")
    reference = f"{target.ecr}/{repository}@{image['imageDigest']}"
    cluster.deploy(image=reference)
    service = read_standing(target, Played(target, cluster).outputs).services[1]
    assert [(one.container, one.tag, one.reference) for one in service.images] == [
        ("main-job", "1.0.0-1234567", reference)
    ]


def test_the_table_says_it_all_in_80_columns(target: Target, played: Played) -> None:
    console = make_console()
    with console.capture() as captured:
        console.print(standing_view(read_standing(target, played.outputs)), width=80)
    text = captured.get()
    assert "IN_PROGRESS" in text
    assert f"{target.name}-on" in text
    assert f"{target.name}-jobs-dlq" in text
    assert all(len(line) <= 80 for line in text.splitlines())
