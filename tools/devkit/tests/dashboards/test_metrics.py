"""Every metric of a dashboard's panel, of an alarm and of scaling is one that somebody sends: the services, through the collector, or AWS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest
import yaml

from devkit.dashboards import read_table
from jobctl.checkout import REPOSITORY, TERRAFORM
from jobdeploy.terraform_files import read_file, read_local
from jobqueue.consumer.settle_calls import Step
from jobqueue.messages.outcome import Done, Leave, Reject, Release, Retry
from jobqueue.telemetry import names

WORKER = REPOSITORY / TERRAFORM / "modules" / "worker"
COLLECTOR = REPOSITORY / "docker" / "collector" / "config.yaml"

OURS = "{namespace}"
QUEUE, SERVICE = frozenset({"QueueName"}), frozenset({"ClusterName", "ServiceName"})
OF_AWS = {
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): QUEUE,
    ("AWS/SQS", "ApproximateNumberOfMessagesDelayed"): QUEUE,
    ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible"): QUEUE,
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): QUEUE,
    ("AWS/SQS", "NumberOfMessagesDeleted"): QUEUE,
    ("AWS/SQS", "NumberOfMessagesReceived"): QUEUE,
    ("AWS/SQS", "NumberOfMessagesSent"): QUEUE,
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
    ("AWS/ECS", "CPUUtilization"): SERVICE,
    ("AWS/ECS", "MemoryUtilization"): SERVICE,
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
    ("ECS/ContainerInsights", "DeploymentCount"): SERVICE,
    ("ECS/ContainerInsights", "DesiredTaskCount"): SERVICE,
    ("ECS/ContainerInsights", "PendingTaskCount"): SERVICE,
    ("ECS/ContainerInsights", "RunningTaskCount"): SERVICE,
}
VALUES = {
    names.OUTCOME: {kind.word for kind in (Done, Leave, Reject, Release, Retry)},
    "jobs.operation": {"begin", "beat", "step", "check", *(step.value for step in Step)},
    names.OPERATION_NAME: {span.operation for span in names.SPANS},
}
"""Dimensions whose values we choose."""
NAMED = re.compile(r'namespace\s*=\s*([\w."/]+), metric = "([^"]+)", dimensions = (local\.\w+|\{\})')


class Asked(NamedTuple):
    """One metric that somebody asks for. `dimensions` have values where the asker names them."""

    by: str
    namespace: str
    metric: str
    dimensions: dict[str, str]


@cache
def sent() -> dict[tuple[str, str], list[frozenset[str]]]:
    """Each metric's dimension sets, ours as the collector declares them and the log metric filters count them."""
    found = {key: [dimensions] for key, dimensions in OF_AWS.items()}
    known = {metric.name: set(metric.attributes) for metric in names.METRICS}
    for declared in yaml.safe_load(COLLECTOR.read_text())["exporters"]["awsemf"]["metric_declarations"]:
        for metric, attributes_of in known.items():
            if any(re.search(selector, metric) for selector in declared["metric_name_selectors"]):
                sets = [frozenset(one) for one in declared["dimensions"]]
                assert all(one <= attributes_of for one in sets), f"{metric} has no such attributes: {sets}"
                found.setdefault((OURS, metric), []).extend(sets)
    for block in read_file(WORKER / "logs.tf")["resource"]:
        for filtered in block.get("aws_cloudwatch_log_metric_filter", {}).values():
            (made,) = filtered["metric_transformation"]
            assert "dimensions" not in made
            found[(OURS, made["name"].replace("${var.service}", "{service}"))] = [frozenset()]
    return found


def shown() -> Iterator[Asked]:
    """What the panels ask for. Names are as in the table: text in braces stands for a name of the stack, or for each value of a dimension."""
    for panel in (panel for section in read_table() for panel in section.panels):
        for one in panel.series:
            if one.metric:
                more = {one.by: "{any}"} if one.by else {}
                yield Asked(panel.title, one.namespace, one.metric, {**one.dimensions, **more})


def watched() -> Iterator[Asked]:
    """What alarms and scaling ask for: `namespace = ..., metric = ..., dimensions = ...`, as the worker module writes them."""
    sets = read_file(WORKER / "alarms.tf")
    for file in sorted(WORKER.glob("*.tf")):
        for namespace, metric, dimensions in NAMED.findall(file.read_text()):
            named = {} if dimensions == "{}" else read_local(sets, dimensions.removeprefix("local."))
            yield Asked(
                f"{file.name}: {metric}",
                OURS if namespace == "var.metrics_namespace" else namespace.strip('"'),
                metric.replace("${var.service}", "{service}"),
                dict.fromkeys(named, "{...}"),
            )


@pytest.mark.parametrize("asked", [*shown(), *watched()], ids=lambda asked: f"{asked.by}, {asked.metric}")
def test_a_metric_that_is_asked_for_is_sent_with_these_dimensions(asked: Asked) -> None:
    assert frozenset(asked.dimensions) in sent().get((asked.namespace, asked.metric), [])
    for dimension, value in asked.dimensions.items():
        if not value.startswith("{"):
            assert value in VALUES[dimension]


def test_no_metric_of_an_alarm_or_of_scaling_is_written_in_another_way() -> None:
    text = "".join(file.read_text() for file in WORKER.glob("*.tf"))
    assert len(re.findall(r'\bmetric = "', text)) == len(list(watched())) >= 15


def test_every_alarm_on_a_metric_has_its_metric_on_the_dashboard() -> None:
    assert {one[1:3] for one in watched()} <= {one[1:3] for one in shown()}


def test_a_metric_without_a_declaration_is_not_sent() -> None:
    assert (OURS, "jobs.invented") not in sent()
    assert frozenset({names.DESTINATION}) not in sent()[(OURS, "jobs.attempts")]
