"""Who tells the queue what became of a delivery: each step, and each way in which it fails. Cranked by hand, on a manual clock."""

from __future__ import annotations

import pytest

from jobqueue.consumer.settle_calls import Lane, Step
from jobqueue.messages.outcome import Done, Leave, Outcome, Reject, Release, Retry
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.testing import InMemoryQueue

from .workbench import HandCranked, quick

NEXT = OutgoingMessage("the next job")
LETTER = OutgoingMessage("the dead letter")


@pytest.fixture
def bench() -> HandCranked:
    return HandCranked()


def bodies(queue: InMemoryQueue) -> list[str]:
    return [kept.body for kept in queue.stored()]


@pytest.mark.parametrize(
    ("outcome", "steps"),
    [
        (Done(), [Step.DELETE]),
        (Done(NEXT), [Step.SEND, Step.DELETE]),
        (Reject("x", LETTER), [Step.DEAD_LETTER, Step.DELETE]),
        (Retry(7), [Step.CHANGE_VISIBILITY]),
        (Release(), [Step.CHANGE_VISIBILITY]),
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
    assert sorted(kept.visible_at - now for kept in bench.queue.stored()) == [0, 7]


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
    ("outcome", "operation", "step"),
    [(Done(), "delete", Step.DELETE), (Retry(0), "change_visibility", Step.CHANGE_VISIBILITY)],
)
def test_the_failed_entries_of_a_batch_and_only_these_are_tried_again(
    bench: HandCranked, outcome: Outcome, operation: str, step: Step
) -> None:
    bench.queue.faults.fail_entries(operation, 1, 3)  # type: ignore[arg-type]
    bench.settler._batches._linger[Lane(step)] = 1.0
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
    bench.settler._batches._linger[Lane(Step.SEND)] = 1.0
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
        "delete" if outcome == Done() else "change_visibility", 0, code="ReceiptHandleIsInvalid", gone=True
    )
    [delivery] = bench.receive()
    bench.finish(delivery, outcome)
    bench.until_quiet()
    assert [fact.delivery for fact in bench.observer.named("lease_lost")] == [delivery]
    assert bench.observer.named("settled") == []
    assert bench.told_lost == [delivery]
    assert bench.slots.held == 0


def test_a_lost_lease_is_told_to_the_handler_and_its_late_outcome_changes_nothing(bench: HandCranked) -> None:
    bench.queue.faults.fail_entries("change_visibility", 0, gone=True)
    [delivery] = bench.receive()
    bench.advance(31)
    assert bench.answer() is Step.RENEW
    assert bench.told_lost == [delivery]
    bench.finish(delivery, Done(NEXT))
    assert bench.calls == []
    assert bodies(bench.next_jobs) == []
    assert (bench.slots.running, bench.slots.held) == (0, 0)


def test_a_delay_beyond_twelve_hours_from_the_receive_is_cut_so_that_sqs_takes_it(bench: HandCranked) -> None:
    [delivery] = bench.receive()
    bench.advance(20)
    bench.finish(delivery, Retry(43_200))
    assert bench.until_quiet() == [Step.CHANGE_VISIBILITY]
    assert bench.observer.named("lease_lost") == []
    [kept] = bench.queue.stored()
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
    bench.queue.faults.fail_entries("change_visibility", 0, gone=True)
    [delivery] = bench.receive()
    bench.advance(31)
    bench.settler.finished(delivery, Leave())
    bench.turn()
    bench.answer()
    assert bench.slots.held == 0
    assert bench.observer.named("lease_lost") == []
