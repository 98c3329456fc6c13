"""Durations in the SDK's own data model, put beside what it collected. The exporter's thread; imported late, with the SDK."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import time_ns
from typing import TYPE_CHECKING

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Buckets,
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
)

from jobqueue.telemetry.names import BUCKETS_SECONDS, SCOPE

if TYPE_CHECKING:
    from jobqueue.telemetry.distribution import Distribution
    from jobqueue.telemetry.measurements import Attributes, Measurements

_NONE = Buckets(0, [])


class Durations:
    """Owns when they were last collected. `delta`: what was collected is not collected again."""

    def __init__(self, measurements: Measurements, *, delta: bool) -> None:
        self._durations = measurements.durations
        self._delta = delta
        self._since_ns = time_ns()

    def beside(self, collected: MetricsData) -> MetricsData:
        """The collected metrics with the durations, in our scope."""
        ours = self._collect()
        return MetricsData(
            [
                replace(
                    resource,
                    scope_metrics=[
                        replace(scope, metrics=[*scope.metrics, *ours]) if scope.scope.name == SCOPE else scope
                        for scope in resource.scope_metrics
                    ],
                )
                for resource in collected.resource_metrics
            ]
        )

    def _collect(self) -> list[Metric]:
        now_ns = time_ns()
        temporality = AggregationTemporality.DELTA if self._delta else AggregationTemporality.CUMULATIVE
        metrics = []
        for sums in self._durations.values():
            points = sums.read(take=self._delta)
            if points:
                data = self._histogram(points, now_ns, temporality)
                metrics.append(Metric(sums.metric.name, sums.metric.description, sums.metric.unit, data))
        if self._delta:
            self._since_ns = now_ns
        return metrics

    def _histogram(
        self, points: Sequence[tuple[Distribution, Attributes]], now_ns: int, temporality: AggregationTemporality
    ) -> Histogram | ExponentialHistogram:
        if points[0][0].scale is None:
            return Histogram([self._explicit(*point, now_ns) for point in points], temporality)
        return ExponentialHistogram([self._exponential(*point, now_ns) for point in points], temporality)

    def _explicit(self, one: Distribution, attributes: Attributes, now_ns: int) -> HistogramDataPoint:
        counts = one.counts()[1]
        return HistogramDataPoint(
            attributes, self._since_ns, now_ns, one.count, one.sum, counts, BUCKETS_SECONDS, one.min, one.max
        )

    def _exponential(self, one: Distribution, attributes: Attributes, now_ns: int) -> ExponentialHistogramDataPoint:
        assert one.scale is not None
        return ExponentialHistogramDataPoint(
            attributes,
            self._since_ns,
            now_ns,
            one.count,
            one.sum,
            one.scale,
            one.zeros,
            Buckets(*one.counts()),
            _NONE,
            0,
            one.min,
            one.max,
        )
