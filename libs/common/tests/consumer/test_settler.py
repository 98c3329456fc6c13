"""Who tells the queue what became of a delivery: each step, and each way in which it fails. Cranked by hand, on a manual clock."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from jobqueue.consumer.ports import Failure
from jobqueue.consumer.settle_calls import Step
from jobqueue.consumer.settler import Settler
from jobqueue.consumer.slots import Slots
from jobqueue.messages.delivery import Delivery
from jobqueue.messages.outcome import Done, Leave, Outcome, Reject, Release, Retry
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.testing import InMemoryQueue, InMemorySender, RecordingObserver

from .workbench import WAIT_SECONDS, HandCranked, quick

NEXT = OutgoingMessage("the next job")
LETTER = OutgoingMessage("the dead letter")


@pytest.fixture
def bench() -> HandCranked:
    return HandCranked()


def bodies(queue: InMemoryQueue) -> list[str]:
    return [kept.body for kept in queue.kept()]


@pytest.mark.parametrize(
    ("outcome", "steps"),
    [
        (Done(), [Step.DELETE]),
        (Done(NEXT), [Step.SEND, Step.DELETE]),
        (Reject("x", LETTER), [Step.DEAD_LETTER, Step.DELETE]),
        (Retry(7), [Step.HIDE]),
        (Release(), [Step.HIDE]),
        (Leave(), []),
    ],
)
def test_each_outcome_has_its_steps_and_gives_its_slot_back_once(
    bench: HandCranked, outcome: Outcome, steps: list[Step]
) -> None:
    [delivery] = bench.receive()
    bench.finish(delivery, outcome)
    assert bench.until_quiet() == steps
    assert (bench.slots.running, bench.slots.held) == (0, 0)
    assert [fact.outcome for fact in bench.observer.named("settled")] == ([outcome] if steps else [])


def test_a_retry_is_hidden_for_its_delay_and_a_release_for_none(bench: HandCranked) -> None:
    retried, released = bench.receive(2)
    bench.finish(retried, Retry(7))
    bench.finish(released, Release())
    bench.until_quiet()
    now = bench.clock.now()
    assert sorted(kept.visible_at - now for kept in bench.queue.kept()) == [0, 7]


def test_ten_deletes_are_one_call() -> None:
    bench = HandCranked(quick(settle_linger_seconds=0.2))
    for delivery in bench.receive(10):
        assert bench.calls == []
        bench.finish(delivery, Done())
    [call] = bench.calls
    assert len(call.entries) == 10


def test_a_trigger_is_deleted_only_once_the_next_job_is_confirmed(bench: HandCranked) -> None:
    bench.sender.faults.fail("send", times=3)
    [delivery] = bench.receive()
    bench.finish(delivery, Done(NEXT))
    for _ in range(3):
        assert bench.answer() is Step.SEND
        assert len(bench.queue) == 1
        assert bench.calls == []
        bench.advance(0.1 * 2**4)
    assert bench.answer() is Step.SEND
    assert len(bench.queue) == 1
    assert bench.answer() is Step.DELETE
    assert bodies(bench.next_jobs) == ["the next job"]
    assert len(bench.queue) == 0
    assert [fact.operation for fact in bench.observer.named("settle_failed")] == ["send"] * 3


def test_a_reject_is_deleted_only_once_the_dead_letter_is_confirmed(bench: HandCranked) -> None:
    bench.letters.faults.fail("send", times=2)
    [delivery] = bench.receive()
    bench.finish(delivery, Reject("x", LETTER))
    assert bench.until_quiet() == [Step.DEAD_LETTER] * 3 + [Step.DELETE]
    assert bodies(bench.dead_letters) == ["the dead letter"]
    assert len(bench.queue) == 0


def test_a_send_whose_answer_was_lost_is_sent_again_rather_than_lost(bench: HandCranked) -> None:
    bench.sender.faults.fail("send", took_effect=True)
    [delivery] = bench.receive()
    bench.finish(delivery, Done(NEXT))
    bench.until_quiet()
    assert bodies(bench.next_jobs) == ["the next job"] * 2
    assert len(bench.queue) == 0


@pytest.mark.parametrize(
    ("outcome", "operation", "step"), [(Done(), "delete", Step.DELETE), (Retry(0), "hide", Step.HIDE)]
)
def test_the_failed_entries_of_a_batch_and_only_these_are_tried_again(
    bench: HandCranked, outcome: Outcome, operation: str, step: Step
) -> None:
    bench.queue.faults.fail_entries(operation, 1, 3)  # type: ignore[arg-type]
    bench.settler._batches._linger[step] = 1.0
    deliveries = bench.receive(5)
    for delivery in deliveries:
        bench.finish(delivery, outcome)
    bench.advance(1.0)
    [call] = bench.calls
    assert [entry.lease.delivery for entry in call.entries] == deliveries
    bench.answer()
    assert bench.slots.held == 2
    assert [lease.delivery for lease in bench.leases] == [deliveries[1], deliveries[3]]
    assert set(bench.until_quiet()) == {step}
    assert bench.slots.held == 0
    [fact] = bench.observer.named("settle_failed")
    assert (fact.operation, fact.count) == (operation, 2)


def test_partly_failed_sends_are_neither_lost_nor_sent_twice(bench: HandCranked) -> None:
    bench.settler._batches._linger[Step.SEND] = 1.0
    bench.sender.faults.fail_entries("send", 0, 2)
    for number, delivery in enumerate(bench.receive(4)):
        bench.finish(delivery, Done(OutgoingMessage(str(number))))
    bench.until_quiet()
    assert sorted(bodies(bench.next_jobs)) == ["0", "1", "2", "3"]
    assert len(bench.queue) == 0


def test_a_settle_call_backs_off_while_its_lease_is_renewed(bench: HandCranked) -> None:
    """Five minutes without the next queue: the job neither runs again nor is forgotten."""
    bench.sender.faults.fail("send", times=1_000)
    [delivery] = bench.receive()
    bench.finish(delivery, Done(NEXT))
    steps = []
    for _ in range(300):
        while bench.calls:
            steps.append(bench.answer())
        bench.advance(1.0)
        assert bench.queue.receive(10, 0) == []
    assert steps.count(Step.RENEW) >= 8
    assert 12 <= steps.count(Step.SEND) <= 60
    assert bench.observer.named("lease_lost") == []
    bench.sender.faults._plans.clear()
    bench.until_quiet()
    assert len(bench.queue) == 0


def test_a_failing_settle_call_is_logged_at_most_once_a_minute(
    bench: HandCranked, caplog: pytest.LogCaptureFixture
) -> None:
    bench.letters.faults.fail("send", times=6, code="AccessDenied")
    [delivery] = bench.receive()
    bench.finish(delivery, Reject("x", LETTER))
    bench.until_quiet()
    assert len(bench.observer.named("settle_failed")) == 6
    assert len([record for record in caplog.records if "AccessDenied" in record.message]) == 1


@pytest.mark.parametrize("outcome", [Done(), Retry(1), Release()])
def test_a_receipt_that_is_gone_is_a_lost_lease_counted_once(bench: HandCranked, outcome: Outcome) -> None:
    bench.queue.faults.fail_entries(
        "delete" if outcome == Done() else "hide", 0, code="ReceiptHandleIsInvalid", gone=True
    )
    [delivery] = bench.receive()
    bench.finish(delivery, outcome)
    bench.until_quiet()
    assert [fact.delivery for fact in bench.observer.named("lease_lost")] == [delivery]
    assert bench.observer.named("settled") == []
    assert bench.told_lost == [delivery]
    assert bench.slots.held == 0


def test_a_lost_lease_is_told_to_the_handler_and_its_late_outcome_changes_nothing(bench: HandCranked) -> None:
    bench.queue.faults.fail_entries("hide", 0, gone=True)
    [delivery] = bench.receive()
    bench.advance(31)
    assert bench.answer() is Step.RENEW
    assert bench.told_lost == [delivery]
    bench.finish(delivery, Done(NEXT))
    assert bench.calls == []
    assert bodies(bench.next_jobs) == []
    assert (bench.slots.running, bench.slots.held) == (0, 0)


def test_leases_are_renewed_by_tens_past_their_half(bench: HandCranked) -> None:
    bench.receive(10)
    bench.receive(3)
    bench.advance(29)
    assert bench.calls == []
    bench.advance(6)
    assert [(call.step, len(call.entries)) for call in bench.calls] == [(Step.RENEW, 10), (Step.RENEW, 3)]


def test_a_renewal_that_fails_is_tried_again_before_the_lease_ends(bench: HandCranked) -> None:
    bench.queue.faults.fail("hide", times=2)
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
    assert bench.until_quiet() == [Step.RENEW, Step.HIDE]
    [kept] = bench.queue.kept()
    assert kept.visible_at - bench.clock.now() == 5


def test_an_outcome_goes_out_also_when_the_renewal_before_it_failed(bench: HandCranked) -> None:
    bench.queue.faults.fail("hide")
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
    assert [call.step for call in bench.calls] == [Step.SEND, Step.SEND, Step.RENEW]
    assert {entry.lease.delivery for entry in bench.calls[-1].entries} == {running, waiting}


def test_a_hung_job_s_lease_runs_out_and_its_slot_stays_taken_until_it_returns(bench: HandCranked) -> None:
    [delivery] = bench.receive()
    bench.settler.abandon(delivery)
    for _ in range(12):
        bench.advance(6)
    assert bench.calls == []
    assert [fact.delivery for fact in bench.observer.named("lease_lost")] == [delivery]
    assert len(bench.queue.receive(10, 0)) == 1
    assert (bench.slots.running, bench.slots.held) == (1, 0)
    bench.finish(delivery, Done())
    assert bench.calls == []
    assert (bench.slots.running, bench.slots.held) == (0, 0)


def test_a_hung_job_that_returns_in_time_is_settled(bench: HandCranked) -> None:
    [delivery] = bench.receive()
    bench.settler.abandon(delivery)
    bench.advance(31)
    bench.finish(delivery, Done())
    assert bench.until_quiet() == [Step.DELETE]


def test_a_renewal_that_waits_is_forgotten_when_its_job_is_found_to_hang() -> None:
    bench = HandCranked(quick(settle_calls=1))
    blocking, hung = bench.receive(2)
    bench.finish(blocking, Done())
    bench.settler._most_calls = 0
    bench.advance(31)
    assert [call.step for call in bench.calls] == [Step.DELETE]
    bench.settler.abandon(hung)
    bench.settler._most_calls = 1
    bench.until_quiet()
    bench.advance(31)
    assert bench.queue.calls["hide"] == 0


def test_a_delay_beyond_twelve_hours_from_the_receive_is_cut_so_that_sqs_takes_it(bench: HandCranked) -> None:
    [delivery] = bench.receive()
    bench.advance(20)
    bench.finish(delivery, Retry(43_200))
    assert bench.until_quiet() == [Step.HIDE]
    assert bench.observer.named("lease_lost") == []
    [kept] = bench.queue.kept()
    assert 43_200 - 30 < kept.visible_at - delivery.received_at < 43_200


def test_a_next_job_that_its_queue_refuses_for_good_becomes_a_dead_letter(bench: HandCranked) -> None:
    bench.sender.faults.fail_entries("send", 0, code="InvalidMessageContents", gone=True)
    [delivery] = bench.receive()
    bench.finish(delivery, Done(NEXT))
    assert bench.until_quiet() == [Step.SEND, Step.DEAD_LETTER, Step.DELETE]
    assert bodies(bench.dead_letters) == ["unsendable"]
    assert [fact.outcome.word for fact in bench.observer.named("settled") if fact.outcome] == ["reject"]


def test_the_first_word_about_a_delivery_counts(bench: HandCranked) -> None:
    ended, left = bench.receive(2)
    bench.finish(ended, Done())
    bench.settler.finished(ended, Leave())
    bench.settler.finished(left, Leave())
    bench.finish(left, Done())
    bench.until_quiet()
    assert [fact.delivery for fact in bench.observer.named("settled")] == [ended]
    assert bench.slots.held == 0


def test_what_is_left_in_the_middle_of_its_renewal_gives_its_slot_back_once(bench: HandCranked) -> None:
    bench.queue.faults.fail_entries("hide", 0, gone=True)
    [delivery] = bench.receive()
    bench.advance(31)
    bench.settler.finished(delivery, Leave())
    bench.turn()
    bench.answer()
    assert bench.slots.held == 0
    assert bench.observer.named("lease_lost") == []


class Running:
    """A settler on its own threads and the machine's clock."""

    def __init__(self, queue: InMemoryQueue | None = None) -> None:
        self.queue = InMemoryQueue() if queue is None else queue
        self.observer = RecordingObserver()
        self.slots = Slots(running=10, held=10)
        self.settler = Settler(
            queue=self.queue,
            sender=None,
            dead_letters=InMemorySender(InMemoryQueue("dead-letters")),
            policy=quick(settle_linger_seconds=1.0),
            slots=self.slots,
            observer=self.observer,
            lease_lost=lambda delivery: None,
            unsendable=lambda delivery, step, failure: Done(),
        )
        self.settler.start()

    def take(self, count: int) -> list[Delivery]:
        for _ in range(count):
            self.queue.put("{}")
        self.slots.reserve(count, wait_seconds=0, linger_seconds=0)
        deliveries = list(self.queue.receive(count, 0))
        self.settler.taken(deliveries)
        return deliveries


def test_a_drain_settles_what_lingers_at_once() -> None:
    running = Running()
    for delivery in running.take(3):
        running.settler.finished(delivery, Done())
    assert running.settler.drain(WAIT_SECONDS) == 0
    assert len(running.queue) == 0
    assert running.slots.held == 0


def test_a_drain_tries_failed_calls_again() -> None:
    running = Running()
    running.queue.faults.fail("delete", times=2)
    running.settler.finished(running.take(1)[0], Done())
    assert running.settler.drain(WAIT_SECONDS) == 0
    assert running.queue.calls["delete"] == 3


def test_a_drain_ends_at_its_deadline_and_says_how_many_are_left_to_lapse() -> None:
    running = Running()
    running.queue.faults.fail("delete", times=1_000)
    _, left, failing = running.take(3)
    running.settler.finished(left, Leave())
    running.settler.finished(failing, Done())
    assert running.settler.drain(0.05) == 3
    assert len(running.queue) == 3


def test_a_drain_does_not_wait_for_what_has_no_outcome() -> None:
    running = Running()
    running.take(1)
    assert running.settler.drain(30.0) == 1


def test_a_defect_in_an_adapter_is_logged_and_the_call_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    class Defective(InMemoryQueue):
        defects = 1

        def delete(self, deliveries: Sequence[Delivery]) -> Sequence[Failure]:
            if self.defects:
                self.defects -= 1
                raise ZeroDivisionError
            return super().delete(deliveries)

    running = Running(Defective())
    running.settler.finished(running.take(1)[0], Done())
    assert running.settler.drain(WAIT_SECONDS) == 0
    assert len(running.queue) == 0
    assert "unexpected error in a delete call" in caplog.text
    assert [fact.code for fact in running.observer.named("settle_failed")] == ["ZeroDivisionError"]
