"""Export of spans over OTLP/HTTP, by OpenTelemetry's exporter with our encoder in front.

Runs in the export thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import SpanExportResult

from jobqueue.telemetry.span_encoder import encode

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan


class HttpSpanExporter(OTLPSpanExporter):
    """OpenTelemetry's exporter (endpoint, headers, compression, certificates, retries) with our encoder. Where a release keeps its client
    elsewhere, the encoder is OpenTelemetry's too, which costs more and does the same."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """See the SDK."""
        client = getattr(self, "_client", None)
        if client is None:
            return super().export(spans)
        return SpanExportResult.SUCCESS if client.export(encode(spans)).success else SpanExportResult.FAILURE
