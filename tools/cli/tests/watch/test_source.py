"""What a refresh reads, and how many calls that is."""

from __future__ import annotations

import json
import time
from collections import Counter
from itertools import pairwise
from typing import Any

from jobctl.overview import TaskCounts
from jobctl.queries.metric_events import Slots
from jobctl.watch.source import Source

from ..dead_letters.stocked import bury
from ..world import World
from .watching import call_to, dead_queue

ALL = {"DescribeServices": 1, "GetQueueAttributes": 4, "FilterLogEvents": 3}
"""As the docstring of `source` and docs/howto/look-and-repair.md say."""
FIRST = {"DescribeAlarms": 1, "GetMetricData": 1, "FilterLogEvents": 1}
READ_BY = ("sqs", "ecs", "cloudwatch", "logs")


def test_a_refresh_costs_the_calls_that_the_docs_say_and_receives_no_letter(still: World) -> None:
    queue = dead_queue(still, "background-jobs")
    bury(queue, 3)
    session = call_to(still).session
    counted: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        counted[model.name] += 1

    for name in READ_BY:
        session.client(name).meta.events.register("before-call.*.*", count)
    source = Source(session, interval_seconds=0.0)
    assert not source.read().errors
    assert counted == Counter(ALL) + Counter(FIRST)
    counted.clear()
    for _ in range(3):
        snapshot = source.read()
    assert counted == Counter({name: 3 * calls for name, calls in ALL.items()})
    depths = {one.name: one.depths for one in snapshot.services}
    assert depths["background-job"] is not None
    assert depths["background-job"].dead.waiting == 3
    (letter,) = queue.receive(1, hide_seconds=0, wait_seconds=0)
    assert letter.delivery.receive_count == 1


def test_slots_are_summed_over_the_tasks_and_rates_over_the_last_whole_minutes(still: World) -> None:
    now_ms = time.time_ns() // 1_000_000
    queue = still.queues["background-jobs"]
    for task, in_use, stuck in (("a", 7, 0), ("b", 5, 1)):
        for at_ms, more in ((now_ms - 90_000, 2), (now_ms - 30_000, 0)):
            figures = {"jobs.slots_in_use": in_use + more, "jobs.slots_stuck": stuck}
            text = json.dumps({"messaging.destination.name": queue.name, **figures})
            still.write(still.group("metrics"), f"background-job/{task}", (at_ms, text))
    for back, done in ((1, 10), (2, 20), (20, 40)):
        still.metric("background-jobs", "done", done, now_ms - back * 60_000)
    still.metric("background-jobs", "retry", 5, now_ms - 60_000)
    (service, other) = Source(call_to(still).session).read().services
    assert service.slots == Slots(in_use=12, stuck=1, tasks=2)
    assert service.tasks == TaskCounts(wanted=1, running=1, pending=0)
    assert service.attempts is not None
    assert (service.attempts.of("done"), service.attempts.of("retry")) == (30, 5)
    assert (20, 10) in pairwise(service.done), "the last whole minutes, also where one ended meanwhile"
    assert (None, 40) in pairwise(service.done)
    assert other.slots is None
