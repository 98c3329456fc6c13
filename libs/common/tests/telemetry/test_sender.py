import pytest
from opentelemetry.trace import SpanKind, format_span_id, format_trace_id

from jobqueue.consumer.ports import QueueError
from jobqueue.messages.delivery import Attribute
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.telemetry.sender import TracedSender
from jobqueue.telemetry.trace_headers import read_traceparent
from jobqueue.testing import InMemorySender

from .kit import PARENT_ID, TRACE_ID, TRACEPARENT, Kit

TRACED = OutgoingMessage("{}", {"traceparent": Attribute(TRACEPARENT)})
BARE = OutgoingMessage("{}")


def test_a_message_keeps_its_creation_context_and_the_client_span_links_to_it(kit: Kit) -> None:
    assert not kit.sender.send([TRACED, TRACED])

    span = kit.span("send background")
    assert span.kind is SpanKind.CLIENT
    assert span.attributes is not None
    assert span.attributes["messaging.batch.message_count"] == 2
    assert [format_span_id(link.context.span_id) for link in span.links] == [PARENT_ID, PARENT_ID]
    assert [kept.attributes["traceparent"].value for kept in kit.inner_next.stored()] == [TRACEPARENT] * 2


def test_a_message_without_a_creation_context_gets_the_producer_spans(kit: Kit) -> None:
    assert not kit.sender.send([TRACED, BARE])

    span = kit.span("send background")
    assert span.kind is SpanKind.PRODUCER
    assert span.context is not None
    first, second = [kept.attributes["traceparent"].value for kept in kit.inner_next.stored()]
    assert first == TRACEPARENT
    assert isinstance(second, str)
    parent = read_traceparent(second)
    assert parent is not None
    assert (parent.trace_id, parent.span_id) == (
        format_trace_id(span.context.trace_id),
        format_span_id(span.context.span_id),
    )
    assert "traceparent" not in BARE.attributes


def test_a_message_with_an_x_ray_header_has_its_creation_context_there(kit: Kit) -> None:
    message = OutgoingMessage("{}", trace_header=f"Root=1-{TRACE_ID[:8]}-{TRACE_ID[8:]};Parent={PARENT_ID};Sampled=1")

    assert not kit.sender.send([message])

    assert [format_span_id(link.context.span_id) for link in kit.span("send background").links] == [PARENT_ID]
    assert not kit.inner_next.stored()[0].attributes


def test_a_dead_letter_is_given_no_context_that_its_message_did_not_have(kit: Kit) -> None:
    letters = TracedSender(kit.inner_sender, lambda: kit.instruments, kit.measurements, letters=True)

    assert not letters.send([TRACED, BARE])

    assert [dict(kept.attributes) for kept in kit.inner_next.stored()] == [TRACED.attributes, {}]


def test_a_message_with_ten_attributes_stays_as_it_is(kit: Kit) -> None:
    full = OutgoingMessage("{}", {f"a{number}": Attribute("x") for number in range(10)})

    assert kit.sender.refusal(full) is None
    assert not kit.sender.send([full])

    assert set(kit.inner_next.stored()[0].attributes) == set(full.attributes)


def test_a_refusal_counts_the_context_that_would_be_added(kit: Kit) -> None:
    kit.sender._inner = InMemorySender(kit.inner_next, max_bytes=50)

    assert kit.sender.refusal(OutgoingMessage("x" * 45)) is not None
    assert kit.inner_sender.refusal(OutgoingMessage("x" * 45)) is None


def test_messages_are_counted_as_sent_with_the_code_of_those_that_failed(kit: Kit) -> None:
    kit.inner_sender.faults.fail_entries("send", 1, code="InternalError")
    failures = kit.sender.send([TRACED, TRACED, TRACED])
    kit.inner_sender.faults.fail("send", code="OverLimit")
    with pytest.raises(QueueError):
        kit.sender.send([TRACED, TRACED])

    assert [failure.index for failure in failures] == [1]
    counts = {attributes.get("error.type"): count for count, attributes in kit.points("messaging.client.sent.messages")}
    assert counts == {None: 2, "InternalError": 1, "OverLimit": 2}
