"""Receiver of traces and metrics in OTLP over HTTP, in this process.

Takes what an OpenTelemetry Collector takes at `/v1/traces` and `/v1/metrics` (protobuf, gzip or not) and keeps it in memory.
The server's thread writes; any thread may read.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from http import HTTPStatus
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aiohttp import web
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from jobctl.queries.span import Span
from localaws.http_server import HttpServer
from localaws.server_thread import LOOPBACK

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan

_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")


class OtlpReceiver:
    """Owns the server and what came in, until it is left. `endpoint` is for OTEL_EXPORTER_OTLP_ENDPOINT."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._spans: list[Span] = []
        self._metrics: set[str] = set()
        self._server = HttpServer(self._answer, "otlp-receiver")
        self.endpoint = f"http://{LOOPBACK}:{self._server.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    def spans(self) -> list[Span]:
        """Every span received so far."""
        with self._lock:
            return list(self._spans)

    def metric_names(self) -> set[str]:
        """The names of all metrics received so far."""
        with self._lock:
            return set(self._metrics)

    def take(self, path: str, body: bytes) -> HTTPStatus:
        """Keeps one export; says how to answer it."""
        try:
            if path == "/v1/traces":
                traces = list(_read_spans(ExportTraceServiceRequest.FromString(body)))
                with self._lock:
                    self._spans += traces
            elif path == "/v1/metrics":
                names = _read_metric_names(ExportMetricsServiceRequest.FromString(body))
                with self._lock:
                    self._metrics |= names
            else:
                return HTTPStatus.NOT_FOUND
        except DecodeError:
            return HTTPStatus.BAD_REQUEST
        return HTTPStatus.OK

    async def _answer(self, request: web.Request) -> web.Response:
        """One export. An empty protobuf message is the answer "all taken"."""
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return web.Response(status=self.take(request.path, body), content_type="application/x-protobuf")


def _read_spans(request: ExportTraceServiceRequest) -> Iterable[Span]:
    for resource in request.resource_spans:
        service = str(_attributes(resource.resource.attributes).get("service.name", "?"))
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield _read_span(span, service)


def _read_span(span: WireSpan, service: str) -> Span:
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        name=span.name,
        service=service,
        kind=_KINDS[span.kind],
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        attributes=_attributes(span.attributes),
        failed=span.status.code == Status.STATUS_CODE_ERROR,
        linked_traces=frozenset(link.trace_id.hex() for link in span.links),
    )


def _read_metric_names(request: ExportMetricsServiceRequest) -> set[str]:
    return {
        metric.name
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, object]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> object:
    kind = value.WhichOneof("value")
    return None if kind is None else getattr(value, kind)
