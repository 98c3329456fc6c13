"""How leases are kept while jobs run, and let go when they hang. A settler cranked by hand, on a manual clock."""

from __future__ import annotations

import pytest

from jobqueue.consumer.settle_calls import Step
from jobqueue.messages.outcome import Done, Retry
from jobqueue.messages.outgoing import OutgoingMessage

from .workbench import HandCranked, quick

NEXT = OutgoingMessage("the next job")


@pytest.fixture
def bench() -> HandCranked:
    return HandCranked()


def test_leases_are_renewed_by_tens_past_their_half(bench: HandCranked) -> None:
    bench.receive(10)
    bench.receive(3)
    bench.advance(29)
    assert bench.calls == []
    bench.advance(6)
    assert [(call.step, len(call.entries)) for call in bench.calls] == [(Step.RENEW, 10), (Step.RENEW, 3)]


def test_a_renewal_that_fails_is_tried_again_before_the_lease_ends(bench: HandCranked) -> None:
    bench.queue.faults.fail("change_visibility", times=2)
    bench.receive()
    steps = []
    for _ in range(80):
        while bench.calls:
            steps.append(bench.answer())
        bench.advance(1.0)
    assert steps[:3] == [Step.RENEW] * 3
    assert bench.observer.named("lease_lost") == []
    assert bench.queue.receive(10, 0) == []


def test_an_outcome_waits_for_the_renewal_in_flight_and_has_the_last_word(bench: HandCranked) -> None:
    [delivery] = bench.receive()
    bench.advance(31)
    bench.finish(delivery, Retry(5))
    assert [call.step for call in bench.calls] == [Step.RENEW]
    assert bench.until_quiet() == [Step.RENEW, Step.CHANGE_VISIBILITY]
    [kept] = bench.queue.stored()
    assert kept.visible_at - bench.clock.now() == 5


def test_an_outcome_goes_out_also_when_the_renewal_before_it_failed(bench: HandCranked) -> None:
    bench.queue.faults.fail("change_visibility")
    [delivery] = bench.receive()
    bench.advance(31)
    bench.finish(delivery, Done())
    assert bench.until_quiet() == [Step.RENEW, Step.DELETE]


def test_slow_sends_do_not_keep_renewals_waiting() -> None:
    bench = HandCranked(quick(settle_calls=2))
    running = bench.receive()[0]
    for delivery in bench.receive(2):
        bench.finish(delivery, Done(NEXT))
    waiting = bench.receive()[0]
    bench.finish(waiting, Done())
    bench.advance(31)
    assert [call.step for call in bench.awaited] == [Step.RENEW]
    assert {entry.lease.delivery for entry in bench.awaited[0].entries} >= {running, waiting}


def test_a_hung_job_s_last_word_is_settled_before_its_lease_ends_and_its_slot_stays_taken_until_it_returns(
    bench: HandCranked,
) -> None:
    [delivery] = bench.receive()
    bench.settler.abandon(delivery, Retry(5))
    for _ in range(7):
        bench.advance(6)
    assert bench.calls == [], "it may still end in time"
    bench.advance(6)
    assert bench.until_quiet() == [Step.RENEW, Step.CHANGE_VISIBILITY], "an outcome is renewed until it is settled"
    bench.advance(6)
    assert len(bench.queue.receive(10, 0)) == 1
    assert bench.observer.named("lease_lost") == []
    assert (bench.slots.running, bench.slots.held) == (1, 0)
    bench.finish(delivery, Done())
    assert bench.calls == []
    assert (bench.slots.running, bench.slots.held) == (0, 0)


def test_a_hung_job_that_returns_in_time_is_settled(bench: HandCranked) -> None:
    [delivery] = bench.receive()
    bench.settler.abandon(delivery, Retry(5))
    bench.advance(31)
    bench.finish(delivery, Done())
    assert bench.until_quiet() == [Step.DELETE]
