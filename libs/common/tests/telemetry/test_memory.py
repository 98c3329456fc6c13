"""What strangers write is not kept: after hundreds of different long texts no more memory is held than after the first."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from jobqueue.messages.delivery import Attribute
from jobqueue.messages.outcome import Reject
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.telemetry import names
from jobqueue.telemetry.span_encoder import encode

from .kit import Kit, a_delivery, a_job

TEXTS = 300
MAX_HELD_BYTES = 8_000_000
"""The caches, full: a few MB. One that kept these texts would hold 15 MB and more."""


@pytest.mark.slow
def test_long_texts_of_strangers_are_not_kept(kit: Kit) -> None:
    tracemalloc.start()
    try:
        for number in range(TEXTS):
            long = f"{number:010d}" * 6_000
            stated = {
                "traceparent": f"01-{number + 1:032x}-{number + 1:016x}-01-{long}",
                "tracestate": f"k{number}={'v' * 250}," * 2,
            }
            header = f"Root=1-{number + 1:08x}-{'1' * 24};Parent={'1' * 16};Self={long}"
            kit.inner_queue.put("{}", {name: Attribute(value) for name, value in stated.items()}, trace_header=header)
            kit.queue.delete(kit.queue.receive(10, 0))
            outcome = Reject(long, OutgoingMessage("{}"))
            with kit.observer.attempt(a_delivery(stated), a_job(), known_type=True) as attempt:
                attempt.ended(outcome, ValueError(long), 0.1)
            kit.observer.settled(a_delivery(stated), outcome, 0.1)
            kit.measurements.add(names.POLL_FAILURES, 1, "triggers", long)
            kit.instruments._tracer.start_span("of a handler", attributes={"text": long}).end()
            encode(kit.spans)
            kit.exporter.clear()
        gc.collect()
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert held < MAX_HELD_BYTES
