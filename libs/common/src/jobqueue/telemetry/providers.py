"""The OpenTelemetry SDK, put together; imported and run once, late, by `setup.py` (about 100 ms).

Providers are made global, so that instrumentation which a service adds for itself nests under our spans and is exported with them. They
never hook into the interpreter's exit: `shut_down` is called by the stop path, which has a deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from opentelemetry import metrics, trace
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NoOpTracerProvider

from jobqueue import forks
from jobqueue.telemetry.durations import Durations
from jobqueue.telemetry.exporters import LateMetricExporter, LateSpanExporter, metric_exporter, span_exporter
from jobqueue.telemetry.harmless import harmless
from jobqueue.telemetry.instruments import Instruments
from jobqueue.telemetry.trace_ids import TraceIds

if TYPE_CHECKING:
    from jobqueue.telemetry.export_health import ExportHealth
    from jobqueue.telemetry.export_plan import ExportPlan
    from jobqueue.telemetry.measurements import Measurements


class Providers:
    """Owns both providers. A signal that is not exported gets OpenTelemetry's own no-op, which still passes trace contexts on."""

    def __init__(
        self, service: str, version: str, plan: ExportPlan, measurements: Measurements, export_health: ExportHealth
    ) -> None:
        """Raises whatever the SDK raises; then nothing of it is left running, and nothing is global."""
        self._export_health = export_health
        self._shut_downs: list[Callable[[], None]] = []
        try:
            self.instruments = self._instruments(service, version, plan, measurements)
        except BaseException:
            for shut_down in self._shut_downs:
                harmless(None, shut_down)
            raise

    def _instruments(self, service: str, version: str, plan: ExportPlan, measurements: Measurements) -> Instruments:
        resource = _resource(service, version)
        traces: trace.TracerProvider = NoOpTracerProvider()
        if plan.traces is not None:
            traces = self._traces(plan, resource)
        meters: metrics.MeterProvider = NoOpMeterProvider()
        if plan.metrics is not None:
            meters = self._metrics(plan, resource, measurements)
        instruments = Instruments(traces, meters, measurements, version)
        # Last, because a provider that is global stays it, whatever fails after it.
        if plan.traces is not None and isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            trace.set_tracer_provider(traces)
        if plan.metrics is not None and not isinstance(metrics.get_meter_provider(), MeterProvider):
            metrics.set_meter_provider(meters)
        return instruments

    def _traces(self, plan: ExportPlan, resource: Resource) -> TracerProvider:
        signal = plan.traces
        assert signal is not None
        provider = TracerProvider(resource=resource, shutdown_on_exit=False, id_generator=TraceIds())
        self._shut_downs.append(provider.shutdown)
        processor = BatchSpanProcessor(
            LateSpanExporter(lambda: span_exporter(signal, self._export_health), self._export_health)
        )
        provider.add_span_processor(processor)
        forks.in_child(lambda: _stop(processor))
        return provider

    def _metrics(self, plan: ExportPlan, resource: Resource, measurements: Measurements) -> MeterProvider:
        signal = plan.metrics
        assert signal is not None
        durations = Durations(measurements, delta=plan.temporality != "cumulative")
        exporter = LateMetricExporter(
            lambda: metric_exporter(signal, self._export_health), plan, self._export_health, durations
        )
        reader = _Reader(exporter)
        # CloudWatch keeps no exemplars, and choosing them costs on every measurement inside a span.
        exemplars = None if plan.exemplars else AlwaysOffExemplarFilter()
        provider = MeterProvider([reader], resource=resource, exemplar_filter=exemplars, shutdown_on_exit=False)
        self._shut_downs.append(provider.shutdown)
        return provider

    def shut_downs(self) -> list[Callable[[], None]]:
        """One for each signal: exports what is left and ends its thread. Each may block for an export's timeout and longer."""
        return self._shut_downs


class _Reader(PeriodicExportingMetricReader):
    """Starts no thread in a forked child, as the SDK's own would."""

    def _at_fork_reinit(self) -> None:
        pass


def _stop(processor: BatchSpanProcessor) -> None:
    """In a forked child, before the SDK starts its thread anew there: it ends at once, and spans are not kept for it."""
    processor._batch_processor._shutdown = True  # noqa: SLF001 (`shutdown` would wait for locks that the parent's threads held)


def _resource(service: str, version: str) -> Resource:
    """OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over what the service calls itself."""
    stated = OTELResourceDetector().detect().attributes
    return Resource.create({SERVICE_NAME: service, SERVICE_VERSION: version, **stated})
