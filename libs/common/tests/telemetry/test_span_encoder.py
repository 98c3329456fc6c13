"""Our span encoder against OpenTelemetry's: both write the same message."""

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Link, SpanContext, SpanKind

from jobqueue.messages.delivery import Attribute
from jobqueue.messages.outcome import Done, Reject, Retry
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.telemetry.span_encoder import encode

from .kit import TRACEPARENT, Kit, a_delivery, a_job


def decoded(spans: tuple[ReadableSpan, ...]) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    request.ParseFromString(encode(spans))
    return request


def test_our_spans_are_encoded_as_opentelemetry_encodes_them(kit: Kit) -> None:
    for attributes in ({"traceparent": TRACEPARENT, "tracestate": "a=1,b=2"}, {}):
        kit.inner_queue.put("{}", {name: Attribute(value) for name, value in attributes.items()})
        for outcome, error in (
            (Done(), None),
            (Retry(1), ValueError("schön " * 100)),
            (Reject("why", OutgoingMessage("{}")), ValueError("")),
        ):
            delivery = a_delivery(attributes, receive_count=300)
            with kit.observer.attempt(delivery, a_job("x" * 200), known_type=True) as attempt:
                attempt.ended(outcome, error, 0.1)
    deliveries = kit.queue.receive(10, 0)
    kit.sender.send([OutgoingMessage("{}", {"traceparent": Attribute(TRACEPARENT)})] * 2 + [OutgoingMessage("{}")])
    kit.queue.delete(deliveries)

    assert len(kit.spans) == 9
    assert decoded(kit.spans) == encode_spans(kit.spans)


def test_attributes_of_every_plain_type_are_encoded_alike(kit: Kit) -> None:
    tracer = kit.instruments._tracer
    for value in ("text", "", True, False, 0, 1, -1, 2**63 - 1, -(2**63), 1.0, -0.5, 127, 128):
        tracer.start_span("plain", attributes={"value": value}, kind=SpanKind.SERVER).end()

    assert decoded(kit.spans) == encode_spans(kit.spans)


def test_what_is_not_ours_or_not_plain_takes_the_usual_way_and_nothing_is_lost(kit: Kit) -> None:
    with kit.observer.attempt(a_delivery(), a_job(), known_type=True):
        with kit.traces.get_tracer("a service's own").start_as_current_span("theirs", attributes={"list": ["a", "b"]}):
            pass
        context = SpanContext(1, 2, is_remote=True)
        linked = kit.instruments._tracer.start_span("linked", links=[Link(context, {"why": "attributes"})])
        linked.add_event("an event")
        linked.end()

    request = decoded(kit.spans)

    encoded = [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]
    expected = [
        span
        for resource in encode_spans(kit.spans).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert sorted(span.name for span in encoded) == ["linked", "process triggers", "theirs"]
    assert all(span in expected for span in encoded)


def test_spans_of_others_alone_are_encoded_as_usual(kit: Kit) -> None:
    kit.traces.get_tracer("a service's own").start_span("theirs").end()

    assert decoded(kit.spans) == encode_spans(kit.spans)
    assert encode(()) == b""


def test_a_lone_surrogate_does_not_cost_the_batch(kit: Kit) -> None:
    with kit.observer.attempt(a_delivery(), a_job(), known_type=True) as attempt:
        attempt.ended(Retry(1), ValueError("\ud800"), 0.1)

    (resource,) = decoded(kit.spans).resource_spans
    assert resource.scope_spans[0].spans[0].status.message == "?"
