"""The calls of a refresh of the live view; it receives no message and changes nothing.

With S services of which J have job logs (the two of this repository: S = 2, J = 1):

    each refresh (5 s)     DescribeServices 1, GetQueueAttributes 2 S, FilterLogEvents S + J       8 calls
    each 10 s              GetParameter 1, and for each paused service ListTasks 2, DescribeTasks   1 call
    each 30 s              DescribeAlarms 1, FilterLogEvents 1 (the collectors' events)            2 calls
    each 60 s              GetMetricData 1 (the age of the oldest message)                         1 call

With job records, in place of FilterLogEvents S + J: Query 24 and BatchGetItem 1, which read about 100 KB: a tenth of a US cent an hour.

So about 100 calls a minute, which cost less than half a US cent an hour ("Amazon SQS pricing": $0.40 for a million requests, "Amazon CloudWatch
pricing": $0.01 for 1,000 metrics of GetMetricData; the others are free).

Why 5 s: SQS's own counts are approximations that settle within a minute, a person reads a change every few seconds, and ten people who look at
once stay far below the quotas of the calls (FilterLogEvents has the smallest, 25 a second at most; each view takes 0.6 of them).
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jobctl.overview import Depths, active_alarms, read_depths, read_pauses, read_task_counts
from jobctl.queries.metric_events import MINUTE_MS, Attempts, MetricPoint, attempts_of, done_by_minute, slots_of
from jobctl.watch.metric_feed import MetricFeed
from jobctl.watch.part import Part
from jobctl.watch.queue_figures import Figures, QueueFigures
from jobctl.watch.recent_jobs import RecentJobs, RecordedJobs
from jobctl.watch.snapshot import PLOT_MINUTES, RATE_MINUTES, ReadError, ServiceSnapshot, Snapshot
from jobqueue.sqs.queue import queue_name

if TYPE_CHECKING:
    from jobctl.session import Session
    from jobqueue.client.stack import StackService

INTERVAL_SECONDS = 5.0
ALARMS_SECONDS = METRICS_SECONDS = 30.0
"""Half a minute: alarms are evaluated, and tasks export their counts, once a minute."""
FIGURES_SECONDS = 60.0
PAUSES_SECONDS = 10.0
"""Short enough to follow a service that was just paused and drains."""


class Source:
    """Owns the values read so far. `read` returns a snapshot even if AWS refused some calls.

    `read` runs in one thread; `hurry` may be called from another.
    """

    def __init__(self, session: Session, interval_seconds: float = INTERVAL_SECONDS) -> None:
        stack = self._stack = session.stack
        logs = session.client("logs")
        queues = [queue_name(one.queue_url) for one in stack.services.values()]
        feed = MetricFeed(logs, stack.log_groups["metrics"])
        figures = QueueFigures(session.client("cloudwatch"), queues)
        self._jobs = RecordedJobs(session.jobs) if stack.job_table else RecentJobs(logs, stack)
        self._tasks = Part(lambda: read_task_counts(session), interval_seconds)
        self._depths = Part(lambda: read_depths(session), interval_seconds)
        self._states = Part(self._jobs.read, interval_seconds)
        self._alarms = Part(lambda: active_alarms(session.target), max(interval_seconds, ALARMS_SECONDS))
        self._points = Part(feed.read, max(interval_seconds, METRICS_SECONDS))
        self._pauses = Part(lambda: read_pauses(session), max(interval_seconds, PAUSES_SECONDS))
        self._figures = Part(figures.read, max(interval_seconds, FIGURES_SECONDS))
        self._parts: tuple[Part[Any], ...] = (
            self._depths,
            self._tasks,
            self._pauses,
            self._alarms,
            self._points,
            self._figures,
            self._states,
        )
        self._waiting: dict[str, dict[int, int]] = {name: {} for name in stack.services}

    def hurry(self) -> None:
        """Makes all parts due: the next read reads everything."""
        for part in self._parts:
            part.hurry()

    def read(self) -> Snapshot:
        """Reads the parts that are due, and keeps the others. Raises only unexpected errors."""
        for part in self._parts:
            part.read_if_due(self._stack.name)
        now_ms = time.time_ns() // 1_000_000
        return Snapshot(
            stack=self._stack.name,
            at_ms=now_ms,
            services=tuple(self._service(one, now_ms) for one in self._stack.services.values()),
            alarms=self._alarms.value,
            jobs=tuple(self._states.value or ()),
            jobs_left_out=self._jobs.left_out,
            errors=_distinct([part.error for part in self._parts]),
        )

    def _service(self, service: StackService, now_ms: int) -> ServiceSnapshot:
        name, queue, minute = service.name, queue_name(service.queue_url), now_ms // MINUTE_MS
        depths = (self._depths.value or {}).get(name)
        figures = self._figures.value or Figures()
        points = self._points.value
        return ServiceSnapshot(
            name=name,
            tasks=(self._tasks.value or {}).get(name),
            slots=slots_of(points or (), queue, now_ms),
            depths=depths,
            oldest_seconds=figures.oldest_seconds.get(queue) if depths is None or depths.queue.waiting else None,
            waiting=self._waiting_since(name, figures.waiting.get(queue, {}), depths, minute),
            done=_by_minute(done_by_minute(points, queue), minute - 1) if points else (None,) * PLOT_MINUTES,
            attempts=None if points is None else _recent(points, queue, minute),
            paused=(self._pauses.value or {}).get(name),
        )

    def _waiting_since(
        self, name: str, before: Mapping[int, int], depths: Depths | None, minute: int
    ) -> tuple[int | None, ...]:
        """Depths by minute: CloudWatch's figures before the first read, then the largest depth that was read in each minute."""
        seen = self._waiting[name]
        if depths is not None and self._depths.error is None:
            seen[minute] = max(seen.get(minute, 0), depths.queue.waiting)
        for old in [one for one in seen if one <= minute - PLOT_MINUTES]:
            del seen[old]
        known = {**before, **seen}
        now = {minute: depths.queue.waiting} if depths is not None else {}
        return tuple({**known, **now}.get(one) for one in range(minute - PLOT_MINUTES + 1, minute + 1))


def _by_minute(done: Mapping[int, int], last: int) -> tuple[int | None, ...]:
    """Counts by minute; None before the first count, zero for later minutes without one."""
    first = min(done, default=last + 1)
    return tuple(done.get(one, 0) if one >= first else None for one in range(last - PLOT_MINUTES + 1, last + 1))


def _recent(points: Sequence[MetricPoint], queue: str, minute: int) -> Attempts:
    whole = (one for one in points if minute - RATE_MINUTES <= one.at_ms // MINUTE_MS < minute)
    return attempts_of(whole).get(queue) or Attempts(queue)


def _distinct(errors: Sequence[ReadError | None]) -> tuple[ReadError, ...]:
    """The errors, each text once."""
    found: dict[str, ReadError] = {}
    for one in errors:
        if one is not None:
            found.setdefault(one.what, one)
    return tuple(found.values())
