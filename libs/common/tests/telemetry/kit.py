"""One process's telemetry, with exporters that keep everything in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.job import Job
from jobqueue.telemetry.durations import Durations
from jobqueue.telemetry.export_plan import ExportPlan
from jobqueue.telemetry.exporters import aggregation, temporality
from jobqueue.telemetry.instruments import Instruments
from jobqueue.telemetry.measurements import Measurements
from jobqueue.telemetry.observer import OtelObserver
from jobqueue.telemetry.queue import TracedQueue
from jobqueue.telemetry.sender import TracedSender
from jobqueue.telemetry.trace_ids import TraceIds
from jobqueue.testing import InMemoryQueue, InMemorySender

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT_ID = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{PARENT_ID}-01"
HOST = "sqs.eu-central-1.amazonaws.com"


@dataclass
class Kit:
    """Observer, traced queue and traced sender of one process, and what they recorded."""

    queue_name: str = "triggers"
    next_name: str = "background"
    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    now: float = 0.0

    def __post_init__(self) -> None:
        plan = ExportPlan.read({})
        self.reader = InMemoryMetricReader(temporality(plan), aggregation(plan))
        self.traces = TracerProvider(shutdown_on_exit=False, id_generator=TraceIds())
        self.traces.add_span_processor(SimpleSpanProcessor(self.exporter))
        meters = MeterProvider([self.reader], shutdown_on_exit=False)
        self.measurements = Measurements(lambda: self.now)
        self.durations = Durations(self.measurements, delta=True)
        self.instruments = Instruments(self.traces, meters, self.measurements, "1.2.3")
        self.inner_queue = InMemoryQueue(self.queue_name)
        self.inner_next = InMemoryQueue(self.next_name)
        self.inner_sender = InMemorySender(self.inner_next)
        self.observer = OtelObserver(lambda: self.instruments, self.measurements, self.queue_name)
        self.queue = TracedQueue(self.inner_queue, lambda: self.instruments, self.measurements, HOST)
        self.sender = TracedSender(self.inner_sender, lambda: self.instruments, self.measurements, HOST)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    def span(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.spans if span.name == name]
        return found

    def metrics(self) -> dict[str, Any]:
        """Metric by name, as collected now."""
        collected = self.reader.get_metrics_data()
        if collected is None:
            return {}
        return {
            metric.name: metric
            for resource in self.durations.beside(collected).resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def points(self, name: str) -> list[tuple[Any, dict[str, Any]]]:
        """Value (or count, of a histogram) and attributes of a metric's points."""
        metric = self.metrics().get(name)
        if metric is None:
            return []
        return [
            (point.value if hasattr(point, "value") else point.count, dict(point.attributes))
            for point in metric.data.data_points
        ]


def a_delivery(
    attributes: dict[str, str] | None = None,
    *,
    trace_header: str | None = None,
    receive_count: int = 1,
    queue: str = "triggers",
) -> Delivery:
    return Delivery(
        queue=queue,
        message_id="5fea7756-0ea4-451a-a703-a558b933e274",
        receipt="receipt",
        body="{}",
        receive_count=receive_count,
        sent_ms=1_767_225_600_000,
        received_at=10.0,
        received_ms=1_767_225_602_500,
        attributes={name: Attribute(value) for name, value in (attributes or {}).items()},
        trace_header=trace_header,
    )


def a_job(job_type: str = "test") -> Job:
    return Job("01KDV8QZ000000000000000001", "order-7", job_type, data={}, body={})
