"""The metrics of the services in the last half hour, read incrementally: about one call for each read.

Used by the reading thread only.
"""

from __future__ import annotations

import time
from typing import Any

from jobctl.queries.metric_events import MINUTE_MS, MetricPoint, read_points
from jobctl.watch.snapshot import PLOT_MINUTES
from jobqueue.telemetry import names

METRICS = (names.ATTEMPTS.name, names.SLOTS_IN_USE.name, names.SLOTS_STUCK.name)
KEPT_MS = (PLOT_MINUTES + 1) * MINUTE_MS
LATE_MS = 2 * MINUTE_MS
"""How much later than its time (that of the export) an event may arrive. Later ones are missed here, and are in CloudWatch's metrics."""


class MetricFeed:
    """Owns the figures of the last half hour."""

    def __init__(self, logs: Any, group: str) -> None:
        self._logs = logs
        self._group = group
        self._points: dict[tuple[str, str], MetricPoint] = {}
        self._since_ms = 0

    def read(self) -> list[MetricPoint]:
        """All points, by time. Raises ClientError: no such group, no permission."""
        now_ms = time.time_ns() // 1_000_000
        since_ms = max(self._since_ms, now_ms - KEPT_MS)
        for point in read_points(self._logs, self._group, since_ms, METRICS):
            self._points[point.event_id, point.metric] = point
        self._since_ms = now_ms - LATE_MS
        self._points = {key: one for key, one in self._points.items() if one.at_ms >= now_ms - KEPT_MS}
        return sorted(self._points.values(), key=lambda one: one.at_ms)
