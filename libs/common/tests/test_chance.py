"""Randomness of the runtime beside handlers that seed Python's."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from jobqueue.consumer.retry import jittered
from jobqueue.telemetry.trace_ids import TraceIds


@pytest.mark.parametrize(
    "drawn",
    [lambda: jittered(5, 2.0, 900), TraceIds().generate_trace_id, TraceIds().generate_span_id],
    ids=["pause", "trace", "span"],
)
def test_a_handler_that_seeds_random_repeats_no_pause_and_no_trace(drawn: Callable[[], float]) -> None:
    state = random.getstate()
    try:
        seen = set()
        for _ in range(20):
            random.seed(42)
            seen.add(drawn())
    finally:
        random.setstate(state)
    assert len(seen) == 20
