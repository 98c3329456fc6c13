import pytest
from opentelemetry.trace import SpanKind, StatusCode, format_span_id

from jobqueue.consumer.ports import QueueError
from jobqueue.messages.delivery import Attribute

from .kit import HOST, PARENT_ID, TRACEPARENT, Kit

TRACED = {"traceparent": Attribute(TRACEPARENT)}


def test_a_receive_has_one_client_span_that_links_to_every_creation_context(kit: Kit) -> None:
    kit.inner_queue.put("{}", TRACED)
    kit.inner_queue.put("{}")

    deliveries = kit.queue.receive(10, 0)

    span = kit.span("receive triggers")
    assert len(deliveries) == 2
    assert span.kind is SpanKind.CLIENT
    assert span.attributes is not None
    assert span.attributes["messaging.batch.message_count"] == 2
    assert [format_span_id(link.context.span_id) for link in span.links] == [PARENT_ID]
    metrics = kit.metrics()
    assert metrics["messaging.client.consumed.messages"].data.data_points[0].value == 2
    assert metrics["messaging.client.operation.duration"].data.data_points[0].attributes["server.address"] == HOST
    assert metrics["jobs.queue_wait"].data.data_points[0].count == 1


def test_an_empty_poll_has_a_duration_and_no_span(kit: Kit) -> None:
    assert not kit.queue.receive(10, 0)

    assert not kit.spans
    assert [count for count, _ in kit.points("messaging.client.operation.duration")] == [1]


def test_a_poll_that_fails_is_raised_on_and_recorded_with_its_code(kit: Kit) -> None:
    kit.inner_queue.faults.fail("receive", code="OverLimit")

    with pytest.raises(QueueError):
        kit.queue.receive(10, 0)

    span = kit.span("receive triggers")
    assert span.attributes is not None
    assert span.attributes["error.type"] == "OverLimit"
    assert span.status.status_code is StatusCode.ERROR
    ((_, attributes),) = kit.points("messaging.client.operation.duration")
    assert attributes["error.type"] == "OverLimit"


def test_a_batch_of_deletes_and_one_of_hides_has_one_span_each(kit: Kit) -> None:
    for _ in range(4):
        kit.inner_queue.put("{}", TRACED)
    deliveries = kit.queue.receive(10, 0)

    assert not kit.queue.delete(deliveries[:2])
    assert not kit.queue.change_visibility([(delivery, 30) for delivery in deliveries[2:]])

    for name in ("delete triggers", "change_visibility triggers"):
        span = kit.span(name)
        assert span.kind is SpanKind.CLIENT
        assert span.attributes is not None
        assert span.attributes["messaging.operation.type"] == "settle"
        assert span.attributes["messaging.batch.message_count"] == 2
    assert len(kit.inner_queue) == 2


def test_failures_of_entries_come_back_and_mark_the_span(kit: Kit) -> None:
    for _ in range(3):
        kit.inner_queue.put("{}")
    deliveries = kit.queue.receive(10, 0)
    kit.inner_queue.faults.fail_entries("delete", 0, 2, code="InternalError")
    kit.inner_queue.faults.fail("change_visibility", code="OverLimit")

    failures = kit.queue.delete(deliveries)
    with pytest.raises(QueueError):
        kit.queue.change_visibility([(deliveries[0], 5)])

    assert [failure.index for failure in failures] == [0, 2]
    deleted, hidden = kit.span("delete triggers").attributes, kit.span("change_visibility triggers").attributes
    assert deleted is not None
    assert hidden is not None
    assert deleted["error.type"] == "InternalError"
    assert hidden["error.type"] == "OverLimit"
