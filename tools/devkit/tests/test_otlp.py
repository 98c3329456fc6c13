"""The OTLP receiver, with requests as the OpenTelemetry exporters send them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from devkit.otlp import OtlpReceiver
from jobctl.queries.span import Span


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with OtlpReceiver() as running:
        yield running


def post(receiver: OtlpReceiver, path: str, body: bytes, headers: dict[str, str] | None = None) -> int:
    address = urlsplit(receiver.endpoint)
    connection = HTTPConnection(str(address.hostname), address.port, timeout=5)
    connection.request("POST", path, body, headers or {})
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_span_is_kept_with_its_service_attributes_and_links(receiver: OtlpReceiver) -> None:
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "main-job"
    wire = resource.scope_spans.add().spans.add(
        trace_id=b"\x01" * 16,
        span_id=b"\x02" * 8,
        parent_span_id=b"\x03" * 8,
        name="process triggers",
        kind=WireSpan.SPAN_KIND_CONSUMER,
        start_time_unix_nano=5,
        end_time_unix_nano=7,
    )
    wire.attributes.add(key="jobs.attempt").value.int_value = 2
    wire.links.add(trace_id=b"\x04" * 16, span_id=b"\x05" * 8)
    wire.status.code = Status.STATUS_CODE_ERROR

    body = gzip.compress(request.SerializeToString())
    assert post(receiver, "/v1/traces", body, {"Content-Encoding": "gzip"}) == HTTPStatus.OK

    assert receiver.spans() == [
        Span("01" * 16, "02" * 8, "03" * 8, "process triggers", "main-job", "consumer", 5, 7, {"jobs.attempt": 2}, True, frozenset({"04" * 16}))
    ]  # fmt: skip


def test_metrics_are_known_by_their_names(receiver: OtlpReceiver) -> None:
    request = ExportMetricsServiceRequest()
    request.resource_metrics.add().scope_metrics.add().metrics.add(name="jobs.attempts")
    assert post(receiver, "/v1/metrics", request.SerializeToString()) == HTTPStatus.OK
    assert receiver.metric_names() == {"jobs.attempts"}


def test_what_is_not_otlp_is_refused(receiver: OtlpReceiver) -> None:
    assert post(receiver, "/v1/traces", b"\xff\xff\xff") == HTTPStatus.BAD_REQUEST
    assert post(receiver, "/v1/logs", b"") == HTTPStatus.NOT_FOUND
    assert receiver.spans() == []
