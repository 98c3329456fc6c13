import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode, format_span_id, format_trace_id

from jobqueue.messages.errors import RejectJob, RetryJob, Undecodable
from jobqueue.messages.outcome import Done, Duplicate, Outcome, Reject, Retry
from jobqueue.messages.outgoing import OutgoingMessage

from .kit import PARENT_ID, TRACE_ID, TRACEPARENT, Kit, a_delivery, a_job

LETTER = OutgoingMessage("{}")


def test_the_span_of_an_attempt_is_a_child_of_the_creation_context_and_links_to_it(kit: Kit) -> None:
    with kit.observer.attempt(a_delivery({"traceparent": TRACEPARENT}), a_job(), known_type=True) as attempt:
        attempt.ended(Done(), None, 0.1)

    span = kit.span("process triggers")
    assert span.kind is SpanKind.CONSUMER
    assert span.parent is not None
    assert span.context is not None
    assert format_trace_id(span.context.trace_id) == TRACE_ID == attempt.trace_id
    assert format_span_id(span.parent.span_id) == PARENT_ID
    assert span.parent.is_remote
    assert [format_span_id(link.context.span_id) for link in span.links] == [PARENT_ID]
    assert format_span_id(span.context.span_id) == attempt.span_id


def test_an_aws_trace_header_is_the_parent_where_there_is_no_traceparent(kit: Kit) -> None:
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

    with kit.observer.attempt(a_delivery(trace_header=header), a_job(), known_type=True) as attempt:
        assert attempt.trace_id == "5759e988bd862e3fe1be46a994272793"


def test_an_aws_trace_header_with_a_root_alone_names_the_trace_and_no_parent(kit: Kit) -> None:
    kit.inner_queue.put("{}", trace_header="Root=1-5759e988-bd862e3fe1be46a994272793")
    (delivery,) = kit.queue.receive(10, 0)

    with kit.observer.attempt(delivery, a_job(), known_type=True) as attempt:
        header = attempt.headers_for("background", a_job())["traceparent"]

    span = kit.span("process triggers")
    assert (span.parent, span.links) == (None, ())
    assert attempt.trace_id == "5759e988bd862e3fe1be46a994272793"
    assert header.startswith(f"00-{attempt.trace_id}-{attempt.span_id}-")
    with kit.observer.attempt(a_delivery(), a_job(), known_type=True) as another:
        assert another.trace_id != attempt.trace_id


def test_an_aws_trace_header_with_a_root_alone_that_is_not_sampled_is_followed(kit: Kit) -> None:
    delivery = a_delivery(trace_header="Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0")

    with kit.observer.attempt(delivery, a_job(), known_type=True) as attempt:
        header = attempt.headers_for("background", a_job())["traceparent"]

    assert not kit.spans
    assert header == f"00-5759e988bd862e3fe1be46a994272793-{attempt.span_id}-00"


def test_a_malformed_traceparent_begins_a_trace_of_its_own(kit: Kit) -> None:
    with kit.observer.attempt(a_delivery({"traceparent": "00-oops"}), a_job(), known_type=True) as attempt:
        assert len(attempt.trace_id) == 32

    span = kit.span("process triggers")
    assert span.parent is None
    assert not span.links


def test_a_parent_that_is_not_sampled_is_followed_and_its_ids_still_travel(kit: Kit) -> None:
    delivery = a_delivery({"traceparent": TRACEPARENT[:-1] + "0"})

    with kit.observer.attempt(delivery, a_job(), known_type=True) as attempt:
        header = attempt.headers_for("background", a_job())["traceparent"]

    assert not kit.spans
    assert header == f"00-{TRACE_ID}-{attempt.span_id}-00"


def test_the_span_is_current_inside_the_attempt_and_gone_after_it(kit: Kit) -> None:
    before = trace.get_current_span()
    with kit.observer.attempt(a_delivery(), a_job(), known_type=True) as attempt:
        inside = trace.get_current_span()
        kit.traces.get_tracer("a service's own").start_span("inside").end()

    assert trace.get_current_span() is before
    assert format_span_id(inside.get_span_context().span_id) == attempt.span_id
    nested = kit.span("inside")
    assert nested.parent is not None
    assert format_span_id(nested.parent.span_id) == attempt.span_id


def test_one_trace_goes_from_the_producer_through_the_main_job_to_the_background_job() -> None:
    main, background = Kit(), Kit("background", "none")
    attributes = {"traceparent": TRACEPARENT, "tracestate": "vendor=1"}
    with main.observer.attempt(a_delivery(attributes), a_job(), known_type=True) as first:
        headers = dict(first.headers_for("background", a_job()))
    delivery = a_delivery(headers, queue="background")
    with background.observer.attempt(delivery, a_job(), known_type=True) as second:
        pass

    assert set(headers) == {"traceparent", "tracestate"}
    assert headers["tracestate"] == "vendor=1"
    assert first.trace_id == second.trace_id == TRACE_ID
    child = background.span("process background")
    assert child.parent is not None
    assert format_span_id(child.parent.span_id) == first.span_id


@pytest.mark.parametrize(
    ("error", "outcome", "error_type", "word"),
    [
        (ValueError("boom"), Retry(3), "ValueError", "retry"),
        (RejectJob("no_such_user"), Reject("no_such_user", LETTER), "jobqueue.messages.errors.RejectJob", "reject"),
        (RetryJob("later"), Reject("attempts_exhausted", LETTER), "jobqueue.messages.errors.RetryJob", "reject"),
        (RetryJob("later"), Retry(60), None, "retry"),
    ],
)
def test_a_failed_attempt_says_so_and_an_attempt_that_asked_for_another_has_not_failed(
    kit: Kit, error: Exception, outcome: Outcome, error_type: str | None, word: str
) -> None:
    with kit.observer.attempt(a_delivery(), a_job(), known_type=True) as attempt:
        attempt.ended(outcome, error, 0.25)

    span = kit.span("process triggers")
    assert span.attributes is not None
    assert span.attributes.get("error.type") == error_type
    assert span.attributes["jobs.outcome"] == word
    assert (span.status.status_code is StatusCode.ERROR) == (error_type is not None)
    assert span.attributes.get("jobs.reject_reason") == (outcome.reason if isinstance(outcome, Reject) else None)
    ((count, attributes),) = kit.points("messaging.process.duration")
    assert count == 1
    assert attributes.get("error.type") == error_type


def test_a_duplicate_says_of_which_job(kit: Kit) -> None:
    with kit.observer.attempt(a_delivery(), a_job(), known_type=True) as attempt:
        attempt.ended(Duplicate("01K"), None, 0.25)

    span = kit.span("process triggers")
    assert span.attributes is not None
    assert (span.attributes["jobs.outcome"], span.attributes["jobs.same_as"]) == ("duplicate", "01K")
    assert "error.type" not in span.attributes


def test_an_error_text_on_a_span_is_cut(kit: Kit) -> None:
    with kit.observer.attempt(a_delivery(), a_job(), known_type=True) as attempt:
        attempt.ended(Retry(1), ValueError("x" * 10_000), 0.1)

    assert len(kit.span("process triggers").status.description or "") == 256


def test_a_type_from_outside_is_other_in_metrics_and_itself_on_the_span(kit: Kit) -> None:
    with kit.observer.attempt(a_delivery(), a_job("anything-at-all"), known_type=False) as attempt:
        attempt.ended(Done(), None, 0.1)

    attributes = kit.span("process triggers").attributes
    assert attributes is not None
    assert attributes["jobs.job_type"] == "anything-at-all"
    metrics = kit.metrics()
    for name in ("messaging.process.duration", "jobs.attempts"):
        (point,) = metrics[name].data.data_points
        assert point.attributes["jobs.job_type"] == "_OTHER"


def test_a_delivery_that_no_handler_saw_is_a_failed_span_in_its_producers_trace(kit: Kit) -> None:
    error = Undecodable("malformed_json", "line 1")

    kit.observer.undecodable(a_delivery({"traceparent": TRACEPARENT}), error, Reject("malformed_json", LETTER))

    span = kit.span("process triggers")
    assert span.context is not None
    assert span.attributes is not None
    assert format_trace_id(span.context.trace_id) == TRACE_ID
    assert span.attributes["jobs.reject_reason"] == "malformed_json"
    assert span.status.status_code is StatusCode.ERROR
