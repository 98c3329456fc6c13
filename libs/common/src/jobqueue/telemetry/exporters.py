"""The OTLP exporters, loaded at the first export, in the SDK's own export threads, never on the way to the first receive.

A forked child exports nothing: its counts would stand for the parent's, and the connections are the parent's.

They bring protobuf; grpc only where OTEL_EXPORTER_OTLP_PROTOCOL asks for it, requests only where `http_transport.py` is not enough. How each export
ended is reported to the `ExportHealth`; one that raises, by the SDK's own log line (`otel_log_filter.py`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from opentelemetry.sdk.metrics import (
    Counter,
    Histogram,
    ObservableCounter,
    ObservableGauge,
    ObservableUpDownCounter,
    UpDownCounter,
)
from opentelemetry.sdk.metrics.export import AggregationTemporality, MetricExporter, MetricExportResult, MetricsData
from opentelemetry.sdk.metrics.view import (
    Aggregation,
    ExplicitBucketHistogramAggregation,
    ExponentialBucketHistogramAggregation,
)
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from jobqueue import forks
from jobqueue.telemetry.proxies import goes_around, proxy_for, shown

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

    from jobqueue.telemetry.durations import Durations
    from jobqueue.telemetry.export_health import ExportHealth
    from jobqueue.telemetry.export_plan import ExportPlan, SignalPlan

Exporter = TypeVar("Exporter", SpanExporter, MetricExporter)
_one_import_at_a_time = Lock()


class _Late(Generic[Exporter]):
    """Makes an exporter when it is first needed; where that fails, tries again next time."""

    def __init__(self, make: Callable[[], Exporter], signal: str, export_health: ExportHealth) -> None:
        self._make: Callable[[], Exporter] = make
        self._signal = signal
        self._export_health = export_health
        self.made: Exporter | None = None

    def get(self) -> Exporter:
        with _one_import_at_a_time:
            if self.made is None:
                self.made = self._make()
            return self.made

    def ended(self, *, well: bool) -> None:
        """An export was answered, or given up."""
        if well:
            self._export_health.delivered(self._signal)
        else:
            self._export_health.failed(self._signal)


class LateSpanExporter(SpanExporter):
    """Owned by the batch processor; called by its thread only."""

    def __init__(self, make: Callable[[], SpanExporter], export_health: ExportHealth) -> None:
        self._late = _Late(make, "traces", export_health)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """See the SDK."""
        if forks.is_child():
            return SpanExportResult.FAILURE
        exported = self._late.get().export(spans)
        self._late.ended(well=exported is SpanExportResult.SUCCESS)
        return exported

    def shutdown(self) -> None:
        """See the SDK."""
        if self._late.made is not None:
            self._late.made.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """See the SDK."""
        return True


class LateMetricExporter(MetricExporter):
    """Owned by the metric reader, which takes temporality and aggregation from here."""

    def __init__(
        self, make: Callable[[], MetricExporter], plan: ExportPlan, export_health: ExportHealth, durations: Durations
    ) -> None:
        super().__init__(preferred_temporality=temporality(plan), preferred_aggregation=aggregation(plan))
        self._late = _Late(make, "metrics", export_health)
        self._durations = durations

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> MetricExportResult:
        """See the SDK."""
        if forks.is_child():
            return MetricExportResult.FAILURE
        exported = self._late.get().export(self._durations.beside(metrics_data), timeout_millis, **kwargs)
        self._late.ended(well=exported is MetricExportResult.SUCCESS)
        return exported

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """See the SDK."""
        if self._late.made is not None:
            self._late.made.shutdown(timeout_millis, **kwargs)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """See the SDK."""
        return True


def temporality(plan: ExportPlan) -> dict[type, AggregationTemporality]:
    """What the preference means for each instrument (OTLP exporter specification, "Additional environment variable configuration")."""
    delta, cumulative = AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE
    summed = cumulative if plan.temporality == "cumulative" else delta
    return {
        Counter: summed,
        Histogram: summed,
        ObservableCounter: delta if plan.temporality == "delta" else cumulative,
        UpDownCounter: cumulative,
        ObservableUpDownCounter: cumulative,
        ObservableGauge: cumulative,
    }


def aggregation(plan: ExportPlan) -> dict[type, Aggregation]:
    """Exponential buckets unless explicit ones are asked for."""
    explicit = plan.aggregation.startswith("explicit")
    return {Histogram: ExplicitBucketHistogramAggregation() if explicit else ExponentialBucketHistogramAggregation()}


def span_exporter(plan: SignalPlan, export_health: ExportHealth | None = None) -> SpanExporter:
    """Imports and makes the real one. `export_health` is given the proxy on the way."""
    if plan.protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (
            OTLPSpanExporter as GrpcSpanExporter,
        )

        return GrpcSpanExporter(timeout=plan.timeout, channel_options=_grpc_options(plan, export_health))
    from jobqueue.telemetry.http_spans import HttpSpanExporter

    return HttpSpanExporter(timeout=plan.timeout, **_way(plan, "TRACES_", export_health))


def metric_exporter(plan: SignalPlan, export_health: ExportHealth | None = None) -> MetricExporter:
    """Imports and makes the real one. `export_health` is given the proxy on the way."""
    if plan.protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import (
            OTLPMetricExporter as GrpcMetricExporter,
        )

        return GrpcMetricExporter(timeout=plan.timeout, channel_options=_grpc_options(plan, export_health))
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

    return OTLPMetricExporter(timeout=plan.timeout, **_way(plan, "METRICS_", export_health))


def _proxy(plan: SignalPlan, export_health: ExportHealth | None) -> tuple[str, bool]:
    """The environment's proxy on the way, and whether there is one that is left out."""
    proxy = proxy_for(plan.endpoint)
    around = goes_around(plan.endpoint, proxy)
    if proxy and not around and export_health is not None:
        export_health.proxy_note = f" (the collector at {shown(plan.endpoint)} is reached by way of the proxy {proxy})"
    return ("" if around else proxy), around


def _way(plan: SignalPlan, signal: str, export_health: ExportHealth | None) -> dict[str, Any]:
    """Arguments for an exporter over HTTP: libcurl where neither TLS, a proxy nor a provider of credentials is asked for, else requests."""
    proxy, around = _proxy(plan, export_health)
    provided = any(os.environ.get(f"OTEL_PYTHON_EXPORTER_OTLP_HTTP_{name}CREDENTIAL_PROVIDER") for name in ("", signal))
    if not proxy and not provided and plan.endpoint.lower().startswith("http://"):
        from jobqueue.telemetry.http_transport import PlainTransport

        return {"_transport": PlainTransport()}
    if not around:
        return {}
    from requests import Session

    session = Session()
    session.trust_env = False
    return {"session": session}


def _grpc_options(
    plan: SignalPlan, export_health: ExportHealth | None
) -> Any:  # narrower in the exporters than in gRPC
    return (("grpc.enable_http_proxy", 0),) if _proxy(plan, export_health)[1] else None
