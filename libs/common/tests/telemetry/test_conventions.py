"""Spans and metrics against the pinned conventions.

The tables below are those of "Messaging spans", "AWS SQS" and "Messaging client metrics".
"""

from __future__ import annotations

from importlib.metadata import version

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.semconv._incubating.attributes import messaging_attributes
from opentelemetry.semconv._incubating.metrics import messaging_metrics
from opentelemetry.semconv.schemas import Schemas
from opentelemetry.trace import SpanKind

from jobqueue.consumer.ports import QueueError
from jobqueue.messages.delivery import Attribute
from jobqueue.messages.outcome import Done, Retry
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.telemetry import names

from .kit import TRACEPARENT, Kit, a_delivery, a_job

KINDS = {
    "receive": {SpanKind.CLIENT},
    "process": {SpanKind.CONSUMER},
    "settle": {SpanKind.CLIENT},
    "send": {SpanKind.CLIENT, SpanKind.PRODUCER},
}
REQUIRED = {"messaging.operation.name", "messaging.system", "messaging.destination.name", "messaging.operation.type"}
BATCHES = {"receive", "settle", "send"}
METRICS = {
    "messaging.client.operation.duration": ("s", {"messaging.operation.type"}),
    "messaging.process.duration": ("s", set()),
    "messaging.client.sent.messages": ("{message}", set()),
    "messaging.client.consumed.messages": ("{message}", set()),
}
METRIC_REQUIRED = {"messaging.operation.name", "messaging.system", "messaging.destination.name"}
METRIC_ALLOWED = METRIC_REQUIRED | {"error.type", "server.address"}


@pytest.fixture
def busy(kit: Kit) -> Kit:
    """A process in which everything has happened, well and badly."""
    for attributes in ({"traceparent": Attribute(TRACEPARENT)}, {}):
        kit.inner_queue.put("{}", attributes)
    deliveries = kit.queue.receive(10, 0)
    kit.inner_queue.faults.fail("receive", code="OverLimit")
    with pytest.raises(QueueError):
        kit.queue.receive(10, 0)
    for delivery in deliveries:
        with kit.observer.attempt(delivery, a_job(), known_type=True) as attempt:
            headers = attempt.headers_for("background", a_job())
            attempt.ended(Done(), None, 0.01)
        kit.sender.send([OutgoingMessage("{}", {name: Attribute(value) for name, value in headers.items()})])
    with kit.observer.attempt(a_delivery(), a_job(), known_type=True) as attempt:
        attempt.ended(Retry(1), ValueError("boom"), 0.01)
    kit.sender.send([OutgoingMessage("{}")])
    kit.queue.change_visibility([(deliveries[0], 30)])
    kit.inner_queue.faults.fail_entries("delete", 1, code="InternalError")
    kit.queue.delete(deliveries)
    return kit


def test_the_pinned_version_is_one_that_the_installed_conventions_know() -> None:
    assert Schemas[f"V{names.CONVENTIONS_VERSION.replace('.', '_')}"].value == names.SCHEMA_URL
    assert version("opentelemetry-semantic-conventions")


def test_every_name_of_the_conventions_is_spelt_as_they_spell_it() -> None:
    known = {value for name, value in vars(messaging_attributes).items() if name.startswith("MESSAGING_")}
    metrics = {value for name, value in vars(messaging_metrics).items() if name.startswith("MESSAGING_")}

    assert {one.name for one in names.ATTRIBUTES if one.name.startswith("messaging.")} <= known
    assert {one.name for one in names.METRICS if one.name.startswith("messaging.")} == set(METRICS) <= metrics
    every = [one.name for one in names.ATTRIBUTES] + [one.name for one in names.METRICS]
    assert {name.split(".")[0] for name in every} == {"messaging", "server", "error", "aws", "jobs"}
    assert len(every) == len(set(every))


def test_every_span_has_the_name_kind_and_attributes_of_its_operation_type(busy: Kit) -> None:
    documented = {span.operation: span for span in names.SPANS}
    assert {span.name.split(" ")[0] for span in busy.spans} == set(documented)
    for span in busy.spans:
        assert span.attributes is not None
        attributes = dict(span.attributes)
        operation, operation_type = attributes["messaging.operation.name"], attributes["messaging.operation.type"]
        assert span.name == f"{operation} {attributes['messaging.destination.name']}"
        assert attributes["messaging.system"] == "aws_sqs"
        assert set(attributes) >= REQUIRED
        assert set(attributes) <= set(documented[str(operation)].attributes)
        assert span.kind in KINDS[str(operation_type)]
        assert ("messaging.batch.message_count" in attributes) == (operation_type in BATCHES)
        assert ("messaging.message.id" in attributes) == (operation_type == "process")
        assert (span.status.is_ok) == ("error.type" not in attributes)
        assert _scope(span) == ("jobqueue", "1.2.3", names.SCHEMA_URL)


def test_a_send_span_is_a_producer_exactly_where_its_own_context_is_the_creation_context(busy: Kit) -> None:
    sends = [span for span in busy.spans if span.name == "send background"]

    assert [(span.kind, len(span.links)) for span in sends] == [
        (SpanKind.CLIENT, 1),
        (SpanKind.CLIENT, 1),
        (SpanKind.PRODUCER, 0),
    ]


def test_every_metric_has_the_unit_and_attributes_of_its_table(busy: Kit) -> None:
    documented = {metric.name: metric for metric in names.METRICS}
    collected = busy.metrics()
    assert set(METRICS) <= set(collected) <= set(documented)
    for name, metric in collected.items():
        assert metric.unit == documented[name].unit
        assert metric.description == documented[name].description
        for point in metric.data.data_points:
            assert set(point.attributes) <= set(documented[name].attributes)
    for name, (unit, more) in METRICS.items():
        assert collected[name].unit == unit
        for point in collected[name].data.data_points:
            assert METRIC_REQUIRED | more <= set(point.attributes)
            assert set(point.attributes) - {"jobs.job_type"} <= METRIC_ALLOWED | more


def _scope(span: ReadableSpan) -> tuple[str, str | None, str | None]:
    scope = span.instrumentation_scope
    assert scope is not None
    return scope.name, scope.version, scope.schema_url
