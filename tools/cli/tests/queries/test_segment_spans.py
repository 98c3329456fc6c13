"""X-Ray's segment documents, read as the spans of a waterfall."""

from __future__ import annotations

from typing import Any

from jobctl.queries.segment_spans import spans_of, w3c_trace_id, xray_trace_id

TRACE = "1-6b04d3a6-c22714b5bb36753b24ef1aff"


def segment(**fields: Any) -> dict[str, Any]:
    return {"id": "a" * 16, "trace_id": TRACE, "name": "main-job", "start_time": 1.0, "end_time": 2.0, **fields}


def test_the_segment_gives_way_to_the_attempt_below_it() -> None:
    send = {"id": "c" * 16, "name": "send jobs", "start_time": 1.5, "end_time": 1.6, "namespace": "remote"}
    process = {
        "id": "b" * 16,
        "name": "process triggers",
        "start_time": 1.0,
        "end_time": 2.0,
        "fault": True,
        "annotations": {"jobs.job_id": "01"},
        "metadata": {"default": {"jobs.attempt": 2}},
        "subsegments": [send],
    }
    first, second = spans_of([segment(parent_id="f" * 16, subsegments=[process])])
    assert (first.span_id, first.parent_id, first.service, first.failed) == ("b" * 16, "f" * 16, "main-job", True)
    assert (first.text("jobs.attempt"), first.text("messaging.operation.name")) == ("2", "process")
    assert (second.parent_id, second.kind, second.start_ns) == ("b" * 16, "client", 1_500_000_000)


def test_a_segment_alone_is_a_span_and_one_in_progress_has_no_length() -> None:
    running = segment()
    del running["end_time"]
    (span,) = spans_of([running])
    assert (span.name, span.start_ns, span.end_ns) == ("main-job", 1_000_000_000, 1_000_000_000)


def test_links_and_ids_are_w3c_s() -> None:
    (span,) = spans_of([segment(links=[{"trace_id": TRACE, "id": "1" * 16}])])
    assert span.linked_traces == {w3c_trace_id(TRACE)} == {span.trace_id}
    assert xray_trace_id(span.trace_id) == TRACE
