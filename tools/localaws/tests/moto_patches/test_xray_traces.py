"""A trace that was sent in pieces is read back, and found, as X-Ray compiles it."""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .conftest import Clients

NOW = time.time()


def new_trace() -> str:
    return f"1-{int(NOW):08x}-{secrets.token_hex(12)}"


def document(trace: str, name: str, start: float = 0.0, **fields: Any) -> dict[str, Any]:
    made = {"id": secrets.token_hex(8), "trace_id": trace, "name": name}
    return {**made, "start_time": NOW + start, "end_time": NOW + start + 0.5, "fault": False, **fields}


def put(aws: Clients, *documents: dict[str, Any]) -> None:
    answer = aws.xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(one) for one in documents])
    assert answer["UnprocessedTraceSegments"] == []


def read(aws: Clients, trace: str) -> list[dict[str, Any]]:
    (found,) = aws.xray.batch_get_traces(TraceIds=[trace])["Traces"]
    return [json.loads(segment["Document"]) for segment in found["Segments"]]


def summaries(aws: Clients, trace: str, **how: Any) -> list[dict[str, Any]]:
    answer = aws.xray.get_trace_summaries(StartTime=NOW - 60, EndTime=NOW + 60, **how)
    return [summary for summary in answer["TraceSummaries"] if summary["Id"] == trace]


def test_a_subsegment_that_was_sent_alone_is_in_its_parent(aws: Clients) -> None:
    trace = new_trace()
    links = [{"trace_id": new_trace(), "id": "1" * 16}]
    segment = document(trace, "main-job", links=links, annotations={"jobs.job_id": "01"})
    send = document(trace, "send", 0.2, type="subsegment", parent_id=segment["id"])
    inner = document(trace, "batch", 0.3, type="subsegment", parent_id=send["id"])
    following = document(trace, "background-job", 0.4, parent_id=send["id"])
    put(aws, inner, following)
    put(aws, send, segment)
    first, second = read(aws, trace)
    assert (first["name"], first["links"], first["annotations"]) == ("main-job", links, {"jobs.job_id": "01"})
    assert (second["name"], second["parent_id"]) == ("background-job", send["id"])
    (child,) = first["subsegments"]
    assert (child["id"], "parent_id" in child) == (send["id"], False)
    assert [one["name"] for one in child["subsegments"]] == ["batch"]


def test_a_segment_that_is_sent_again_is_there_once(aws: Clients) -> None:
    trace = new_trace()
    whole = document(trace, "main-job")
    begun = {name: value for name, value in whole.items() if name != "end_time"} | {"in_progress": True}
    put(aws, begun)
    put(aws, whole)
    assert read(aws, trace) == [whole]


def test_a_summary_has_the_services_and_annotations_and_no_fault_that_was_none(aws: Clients) -> None:
    trace = new_trace()
    put(aws, document(trace, "main-job", origin="AWS::ECS::Fargate", annotations={"jobs.job_id": "01"}))
    (summary,) = summaries(aws, trace)
    assert (summary["HasFault"], summary["Duration"]) == (False, 0.5)
    assert [service["Name"] for service in summary["ServiceIds"]] == ["main-job"]
    assert [one["AnnotationValue"] for one in summary["Annotations"]["jobs.job_id"]] == [{"StringValue": "01"}]


@pytest.mark.parametrize("expression", ['annotation[jobs.job_id] = "{}"', 'annotation.jobs.job_id="{}"'])
def test_a_trace_is_found_by_an_annotation(aws: Clients, expression: str) -> None:
    trace, job = new_trace(), secrets.token_hex(8)
    put(aws, document(trace, "main-job", annotations={"jobs.job_id": job}))
    assert len(summaries(aws, trace, FilterExpression=expression.format(job))) == 1
    assert summaries(aws, trace, FilterExpression=expression.format("another")) == []


def test_a_trace_is_found_by_one_of_several_annotations(aws: Clients) -> None:
    trace, queue = new_trace(), f"p-dev-{secrets.token_hex(8)}"
    put(aws, document(trace, "main-job", annotations={"messaging.destination.name": queue}))
    of_dev = (
        f'annotation[messaging.destination.name] = "p-dev-other" OR annotation[messaging.destination.name] = "{queue}"'
    )
    assert len(summaries(aws, trace, FilterExpression=of_dev)) == 1
    assert summaries(aws, trace, FilterExpression=of_dev.replace("p-dev", "p-prod")) == []


def test_a_filter_that_is_not_known_here_is_refused_by_name(aws: Clients) -> None:
    with pytest.raises(ClientError, match=r"InvalidRequestException.*responsetime"):
        summaries(aws, "", FilterExpression="responsetime > 5")
