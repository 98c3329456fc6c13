from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, ExponentialHistogram, InMemoryMetricReader

from jobqueue.messages.outcome import Cancelled, Done, Duplicate, Reject
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.telemetry import names
from jobqueue.telemetry.distribution import MAX_BUCKETS, Distribution
from jobqueue.telemetry.durations import Durations
from jobqueue.telemetry.export_plan import ExportPlan
from jobqueue.telemetry.exporters import aggregation, temporality
from jobqueue.telemetry.measurements import MAX_SERIES, SUM_AT, Measurements, Sums
from jobqueue.telemetry.names import REJECTS

from .kit import Kit, a_delivery, a_job

QUEUE = {"messaging.destination.name": "triggers"}


def test_what_happens_rarely_is_counted_by_its_reason(kit: Kit) -> None:
    observer = kit.observer
    observer.settled(a_delivery(), Reject("malformed_json", OutgoingMessage("{}")), 0.2)
    observer.settled(a_delivery(), Done(), 0.2)
    observer.settled(a_delivery(), Cancelled("no longer needed"), 0.2)
    observer.settled(a_delivery(), Duplicate("01K"), 0.2)
    observer.lease_lost(a_delivery())
    observer.settle_failed("delete", "InternalError", 3)
    observer.events_sent(4)
    observer.events_lost(2)
    observer.poll_failed("OverLimit")
    observer.stuck(a_delivery(), a_job(), 31.0)
    observer.drained(1.5, 2)
    observer.job_log_overflowed(4)
    observer.job_log_undelivered(5)

    metrics = kit.metrics()
    counted = {
        name: [(point.value, dict(point.attributes)) for point in metrics[name].data.data_points]
        for name in metrics
        if metrics[name].data.data_points and hasattr(metrics[name].data.data_points[0], "value")
    }
    assert counted["jobs.cancelled"] == [(1, QUEUE)]
    assert counted["jobs.duplicates"] == [(1, QUEUE)]
    assert counted["jobs.rejects"] == [(1, QUEUE | {"jobs.reject_reason": "malformed_json"})]
    assert counted["jobs.leases_lost"] == [(1, QUEUE)]
    failed = QUEUE | {"jobs.operation": "delete", "error.type": "InternalError"}
    assert counted["jobs.settle_failures"] == [(3, failed)]
    assert counted["jobs.events_sent"] == [(4, QUEUE)]
    assert counted["jobs.events_lost"] == [(2, QUEUE)]
    assert counted["jobs.poll_failures"] == [(1, QUEUE | {"error.type": "OverLimit"})]
    assert counted["jobs.timeouts"] == [(1, QUEUE)]
    assert counted["jobs.left"] == [(2, QUEUE)]
    assert counted["jobs.log_overflowed"] == [(4, QUEUE)]
    assert counted["jobs.log_undelivered"] == [(5, QUEUE)]
    assert metrics["jobs.drain_duration"].data.data_points[0].sum == 1.5


def test_gauges_show_what_their_sources_say_at_the_export(kit: Kit) -> None:
    in_use = 7
    kit.observer.watch(slots_in_use=lambda: in_use, slots_stuck=lambda: 1)

    assert kit.points("jobs.slots_in_use") == [(7, QUEUE)]
    in_use = 3
    assert kit.points("jobs.slots_in_use") == [(3, QUEUE)]
    assert kit.points("jobs.slots_stuck") == [(1, QUEUE)]


def test_the_heart_beats_once_a_minute_whatever_the_export_interval_and_its_jitter(kit: Kit) -> None:
    beats = []
    for kit.now in (59.98, 120.03, 150.0, 179.99, 240.0):
        beats += [value for value, _ in kit.points("jobs.heartbeat")]

    assert beats == [1, 1, 0, 1, 1]


def test_counters_are_deltas_and_histograms_exponential_by_default(kit: Kit) -> None:
    for seconds in (0.1, 0.2):
        with kit.observer.attempt(a_delivery(), a_job(), known_type=True) as attempt:
            attempt.ended(Done(), None, seconds)
        metrics = kit.metrics()
        attempts, durations = metrics["jobs.attempts"].data, metrics["messaging.process.duration"].data
        assert [point.value for point in attempts.data_points] == [1]
        assert attempts.aggregation_temporality is AggregationTemporality.DELTA
        assert isinstance(durations, ExponentialHistogram)
        assert durations.aggregation_temporality is AggregationTemporality.DELTA
        assert [point.sum for point in durations.data_points] == [seconds]


def test_reasons_beyond_the_limit_count_as_other(kit: Kit) -> None:
    for number in range(MAX_SERIES + 5):
        kit.measurements.add(names.REJECTS, 1, "triggers", f"reason-{number}")

    points = kit.points("jobs.rejects")
    assert len(points) == MAX_SERIES + 1
    assert (5, QUEUE | {"jobs.reject_reason": "_OTHER"}) in points


def test_counts_that_a_finalizer_adds_in_the_middle_of_another_are_counted_too() -> None:
    counter = Sums[int, int](REJECTS, lambda summed, count: count + (summed or 0))
    with counter._summing:
        for _ in range(SUM_AT):
            counter.add(1, "jobs", "refused")
    assert [count for count, _ in counter.read()] == [SUM_AT]


def test_counts_of_many_threads_add_up() -> None:
    counter = Sums[int, int](REJECTS, lambda summed, count: count + (summed or 0))
    threads = [Thread(target=lambda: [counter.add(1, "jobs", "refused") for _ in range(2_000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        counter.read()
    assert [count for count, _ in counter.read()] == [8_000]


@pytest.mark.parametrize("explicit", [False, True])
@pytest.mark.parametrize("cumulative", [False, True])
def test_durations_are_as_the_sdk_would_have_them(explicit: bool, cumulative: bool) -> None:
    plan = replace(
        ExportPlan.read({}),
        aggregation="explicit_bucket_histogram" if explicit else "base2_exponential_bucket_histogram",
        temporality="cumulative" if cumulative else "delta",
    )
    reader = InMemoryMetricReader(temporality(plan), aggregation(plan))
    meter = MeterProvider([reader], shutdown_on_exit=False).get_meter(names.SCOPE)
    theirs = meter.create_histogram("theirs", explicit_bucket_boundaries_advisory=names.BUCKETS_SECONDS)
    measurements = Measurements(explicit=explicit)
    durations = Durations(measurements, delta=not cumulative)
    for values in ([0.001, 0.0013, 0.005, 0.25, 1.0, 400.0], [0.002, 0.002, 0.0, 3.0]):
        for seconds in values:
            theirs.record(seconds)
            measurements.took(names.DRAIN_DURATION, seconds, "triggers")
        collected = reader.get_metrics_data()
        assert collected is not None
        (scope,) = durations.beside(collected).resource_metrics[0].scope_metrics
        expected, ours = (metric.data for metric in scope.metrics)
        assert type(ours) is type(expected)
        assert ours.aggregation_temporality is expected.aggregation_temporality
        (wanted,), (point,) = expected.data_points, ours.data_points
        for name in ("count", "sum", "min", "max"):
            assert getattr(point, name) == pytest.approx(getattr(wanted, name))
        if explicit:
            assert list(point.bucket_counts) == list(wanted.bucket_counts)
            assert point.explicit_bounds == wanted.explicit_bounds
        else:
            assert (point.zero_count, bounds_of(point)) == (wanted.zero_count, bounds_of(wanted, point.scale))


def bounds_of(point: Any, scale: int | None = None) -> dict[int, int]:
    """Counts by index, at the point's own scale or a coarser one."""
    found: dict[int, int] = {}
    for index, count in enumerate(point.positive.bucket_counts, point.positive.offset):
        if count:
            coarse = index >> (0 if scale is None else point.scale - scale)
            found[coarse] = found.get(coarse, 0) + count
    return found


def test_buckets_become_coarser_where_they_are_too_many_and_none_is_lost() -> None:
    distribution = Distribution(explicit=False)
    for exponent in range(-40, 40):
        distribution.add(2.0**exponent)

    low, counts = distribution.counts()
    assert len(counts) <= MAX_BUCKETS
    assert sum(counts) == 80
    assert distribution.scale is not None
    assert low * 2.0**-distribution.scale < -40 <= (low + 1) * 2.0**-distribution.scale
