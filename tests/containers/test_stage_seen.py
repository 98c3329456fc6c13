"""Every metric, dimension, log field, log group and queue that alarms, the dashboard, saved queries and metric filters name.

Each is looked for in the data of the run, on the stage of `test_stage`; what AWS itself sends, in its documentation (`documented`).

What goes wrong so seldom that no run shows it by itself is brought about here: calls refused at the services' endpoints, messages that vanish.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from devkit.dashboards.wanted import OF_AWS
from localaws.ecs_agent import Refusal

from . import documented
from .crowd import trigger
from .named import ANY, Metric, alarmed, alarms_drawn, asked, drawn, filters, read_dashboard, wanted_and_not
from .stage_run import StageRun, until
from .truth import QUEUES, SERVICES, Truth, read_object

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class NotShown:
    """A metric that no run here shows, with the reason. `dimensions`: those that matter. One that is seen or not asked for fails a test."""

    name: str
    why: str
    dimensions: Mapping[str, str] = field(default_factory=dict)

    def has(self, metric: Metric) -> bool:
        return metric.name == self.name and self.dimensions.items() <= metric.dimensions.items()


def not_shown(run: StageRun) -> list[NotShown]:
    triggers = Truth(run.stage.clients, run.stage.outputs).queue_name("main-job")
    return [
        NotShown(
            "jobs.timeouts", "a handler beyond its timeout holds its slot for long; the consumer's own tests have one"
        ),
        NotShown(
            "jobs.attempts",
            "the main job's handlers that are shipped neither fail nor ask for another attempt; a user's may",
            {"jobs.outcome": "retry", "messaging.destination.name": triggers},
        ),
    ]


KINDS = {"JobsFailed", "JobLogsUndelivered", "TasksFailed"}
"""What metric filters count; a service's name follows."""
ROUNDS = 3
"""A call that is refused may be one that is tried again, and so does not count."""
LATE_SECONDS = 40
"""Metrics leave a service every ten seconds, and its collector some seconds later."""


@pytest.fixture(scope="module")
def body(run: StageRun) -> Mapping[str, Any]:
    return read_dashboard(run.stage.clients("cloudwatch"), run.output("cloudwatch_dashboard_name"))


@pytest.fixture(scope="module")
def metrics(run: StageRun, body: Mapping[str, Any]) -> list[Metric]:
    prefix = f"{run.output('cloudwatch_metrics_namespace')}-"
    found = [*alarmed(run.stage.clients("cloudwatch"), prefix), *drawn(body)]
    assert len(found) > 50
    return found


@pytest.fixture(scope="module")
def seen(run: StageRun, metrics: list[Metric]) -> list[Mapping[str, Any]]:
    """The events that carry metrics, after trouble of every kind."""
    for _ in range(ROUNDS):
        trouble(run)
        try:
            until(
                lambda: not unseen(run, metrics, run.metric_records()),
                "every metric that somebody asks for",
                LATE_SECONDS,
            )
        except AssertionError:
            continue
        break
    return run.metric_records()


def trouble(run: StageRun) -> None:
    """Causes failed polls, failed settling and lost leases in both services, and job logs that are not taken."""
    agent = run.stage.agent
    for service in SERVICES:
        agent.refuse(service, Refusal("ReceiveMessage", 403, "AccessDeniedException"))
        agent.refuse(service, Refusal("DeleteMessageBatch", 403, "AccessDeniedException"))
    agent.refuse("background-job", Refusal("CreateLogStream", 400, "ThrottlingException"))
    run.completed(run.send([trigger()]))
    held(run, "background-job", wanted=False)  # its delete, tried again, would end the next refusal
    # No job log is taken until the job is settled: its events are lines of the container.
    about = {"logGroupName": run.output("cloudwatch_log_group_background_job")}  # the collector's own calls go on
    agent.refuse(
        "background-job", Refusal("PutLogEvents", 400, "AccessDeniedException", until="DeleteMessageBatch", about=about)
    )
    run.send([trigger()])
    held(run, "background-job")
    # Messages vanish while they are in hand: when their leases are due, SQS does not know them any more.
    renewal = "ChangeMessageVisibilityBatch"
    agent.refuse("main-job", Refusal("SendMessageBatch", 503, "ServiceUnavailable", until=renewal))
    run.send([trigger()])
    vanish(run, "main-job")
    until(lambda: not agent.record("main-job").refusals_left(), "the main job renews its lease")
    until(lambda: not agent.record("background-job").refusals_left(), "a job without a log", 90)
    (sent,) = run.send([trigger(seconds=8)])
    run.event_of(sent, "job.started")
    vanish(run, "background-job")
    run.event_of(sent, "job.completed")


def held(run: StageRun, service: str, *, wanted: bool = True) -> str:
    """Waits until the service holds a message, or none; gives its queue's URL."""
    url, name = run.output(f"sqs_{QUEUES[service]}_queue_url"), "ApproximateNumberOfMessagesNotVisible"

    def as_wanted() -> bool:
        told = run.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]
        return bool((told != "0") is wanted)

    until(as_wanted, f"{'a' if wanted else 'no'} message in hand of {service}")
    return str(url)


def vanish(run: StageRun, service: str) -> None:
    """Deletes what the service holds. SQS purges a queue once a minute: a later round has lost its leases before."""
    with suppress(run.sqs.exceptions.PurgeQueueInProgress):
        run.sqs.purge_queue(QueueUrl=held(run, service))


def unseen(run: StageRun, metrics: Collection[Metric], records: Collection[Mapping[str, Any]]) -> list[str]:
    """Our own metrics that are not in these events; those that metric filters count are left to another test."""
    counted = {one["metricName"] for made in filters(run.logs) for one in made["metricTransformations"]}
    namespace = run.output("cloudwatch_metrics_namespace")
    excepted = not_shown(run)
    ours = [one for one in metrics if one.namespace == namespace and one.name not in counted]
    wanted = [one for one in ours if not any(exception.has(one) for exception in excepted)]
    return sorted({str(one) for one in wanted if not any(carries(record, one) for record in records)})


def carries(record: Mapping[str, Any], metric: Metric) -> bool:
    """Whether an event is a point of this metric: by its name, in its namespace, with exactly its dimensions."""
    return any(
        declared["Namespace"] == metric.namespace
        and any(one["Name"] == metric.name for one in declared["Metrics"])
        and any(set(names) == set(metric.dimensions) for names in declared["Dimensions"])
        and all(value in (ANY, record.get(name)) for name, value in metric.dimensions.items())
        for declared in record["_aws"]["CloudWatchMetrics"]
    )


def test_every_metric_of_ours_was_sent_with_these_dimensions(
    run: StageRun, metrics: list[Metric], seen: list[Mapping[str, Any]]
) -> None:
    assert not unseen(run, metrics, seen)


def test_what_no_run_shows_is_asked_for_and_was_not_shown(
    run: StageRun, metrics: list[Metric], seen: list[Mapping[str, Any]]
) -> None:
    for exception in not_shown(run):
        asked_for = [one for one in metrics if exception.has(one)]
        assert asked_for, exception
        assert not [one for one in asked_for if any(carries(record, one) for record in seen)], exception


def test_every_metric_that_logs_count_has_its_filter(run: StageRun, metrics: list[Metric]) -> None:
    made = {
        (one["metricNamespace"], one["metricName"])
        for each in filters(run.logs)
        for one in each["metricTransformations"]
    }
    counted = {(one.namespace, one.name) for one in metrics if one.name.partition("-")[0] in KINDS}
    assert counted == made
    assert not [one for one in metrics if (one.namespace, one.name) in made and one.dimensions]


def test_every_metric_of_aws_is_documented_and_about_something_that_is_there(
    run: StageRun, metrics: list[Metric]
) -> None:
    ours = run.output("cloudwatch_metrics_namespace")
    urls = run.sqs.list_queues()["QueueUrls"]
    cluster = run.output("ecs_cluster_name")
    there = {
        "QueueName": {url.rpartition("/")[2] for url in urls},
        "ClusterName": {cluster},
        "ServiceName": {arn.rpartition("/")[2] for arn in run.ecs.list_services(cluster=cluster)["serviceArns"]},
    }
    asked_of_aws = [one for one in metrics if one.namespace != ours]
    assert asked_of_aws
    for one in asked_of_aws:
        assert OF_AWS.get((one.namespace, one.name)) == set(one.dimensions), str(one)
        assert all(value in there[name] for name, value in one.dimensions.items()), str(one)


def test_every_log_group_is_there_and_every_field_was_written(
    run: StageRun, body: Mapping[str, Any], seen: list[Mapping[str, Any]]
) -> None:
    assert seen
    written = dict(fields_of(run))
    faults = []
    for one in asked(run.logs, run.output("cloudwatch_metrics_namespace"), body):
        assert one.groups, one.by
        assert set(one.groups) <= written.keys(), one.by
        missing = one.names - documented.OF_LOGS - {name for group in one.groups for name in written[group]}
        faults += [f"{one.by}: {name}" for name in sorted(missing)]
    assert not faults


def fields_of(run: StageRun) -> Iterator[tuple[str, set[str]]]:
    """The fields by log group; of groups that AWS writes to, those that are documented."""
    truth = Truth(run.stage.clients, run.stage.outputs)
    for service in SERVICES:
        yield truth.group(service), {name for one in truth.records if one.service == service for name in one.fields}
    ecs = run.output("cloudwatch_log_group_ecs")
    lines = [read_object(text) for stream in truth.streams(ecs) for _, text in truth.events(ecs, stream)]
    said = {name for line in lines for name in line}
    yield ecs, said | documented.TASK_EVENT | documented.DEPLOYMENT_EVENT | documented.COLLECTOR_ERROR
    cluster = run.output("ecs_cluster_name")
    (insights,) = run.logs.describe_log_groups(logGroupNamePrefix=f"/aws/ecs/containerinsights/{cluster}/")["logGroups"]
    yield insights["logGroupName"], documented.INSIGHTS_EVENT


def test_every_alarm_that_tells_people_is_on_the_dashboard_and_every_one_there_exists(
    run: StageRun, body: Mapping[str, Any]
) -> None:
    pages = run.stage.clients("cloudwatch").get_paginator("describe_alarms").paginate()
    alarms = [alarm for page in pages for alarm in [*page["MetricAlarms"], *page.get("CompositeAlarms", ())]]
    topic = run.output("sns_alerts_topic_arn")
    told = {alarm["AlarmArn"] for alarm in alarms if topic in alarm["AlarmActions"]}  # the others only scale
    assert told
    assert told <= alarms_drawn(body) <= {alarm["AlarmArn"] for alarm in alarms}
    assert not wanted_and_not(drawn(body))
