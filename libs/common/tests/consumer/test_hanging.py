"""Calls that hang, answers that are lost, one entry that spoils its call: no lease is lost, and nothing runs twice. On a manual clock."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from jobqueue.consumer.ports import Failure, QueueError, RequestRefused
from jobqueue.consumer.settle_calls import Step
from jobqueue.messages.delivery import Attribute
from jobqueue.messages.history import HISTORY, History
from jobqueue.messages.outcome import Done, Outcome, Reject, Release, Retry
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.testing import InMemorySender

from .workbench import HandCranked, quick

NEXT = OutgoingMessage("the next job")
LETTER = OutgoingMessage("the dead letter")


def pass_time(bench: HandCranked, seconds: float, *, hanging: Sequence[Step], step: float = 0.1) -> list[Step]:
    """Lets time pass in which calls of some steps hang and the others are answered; nobody else gets a message. The steps that were answered."""
    steps = []
    until = bench.clock.now() + seconds
    while bench.clock.now() < until:
        steps += [bench.answer(call) for call in bench.awaited if call.step not in hanging]
        assert bench.queue.receive(10, 0) == []
        bench.advance(step)
    return steps


@pytest.mark.parametrize("lease_seconds", [2, 6, 60])
@pytest.mark.parametrize(
    ("outcome", "step"), [(Done(NEXT), Step.SEND), (Reject("x", LETTER), Step.DEAD_LETTER), (Done(), Step.DELETE)]
)
def test_a_finished_job_is_kept_while_what_settles_it_hangs_and_settled_once_after(
    lease_seconds: int, outcome: Outcome, step: Step
) -> None:
    bench = HandCranked(quick(lease_seconds=lease_seconds))
    [delivery] = bench.receive()
    bench.finish(delivery, outcome)
    pass_time(bench, 10 * lease_seconds, hanging=[step], step=lease_seconds / 60)
    assert any(call.step is step and call.given_up for call in bench.calls)
    for call in [call for call in bench.calls if call.given_up]:
        bench.answer(call)  # its socket ends at last
    bench.until_quiet()
    assert len(bench.queue) == 0
    assert bench.observer.named("lease_lost") == []
    assert [fact.delivery for fact in bench.observer.named("settled")] == [delivery]
    assert len(bench.next_jobs) + len(bench.dead_letters) == (step is not Step.DELETE)


def test_a_delete_that_took_effect_though_its_answer_never_came_is_no_lost_lease() -> None:
    bench = HandCranked()
    bench.queue.faults.fail("delete", took_effect=True)
    [delivery] = bench.receive()
    bench.finish(delivery, Done())
    bench.answer()
    pass_time(bench, 60, hanging=[Step.DELETE])
    assert bench.observer.named("lease_lost") == []
    assert [fact.delivery for fact in bench.observer.named("settled")] == [delivery]
    assert bench.slots.held == 0


def test_callers_that_hang_hold_up_no_other_step() -> None:
    bench = HandCranked(quick(settle_calls=1))
    sending, deleting, retrying = bench.receive(3)
    bench.finish(sending, Done(NEXT))
    bench.finish(deleting, Done())
    bench.finish(retrying, Retry(100))
    assert {Step.DELETE, Step.CHANGE_VISIBILITY} <= set(pass_time(bench, 1, hanging=[Step.SEND]))
    assert [lease.delivery for lease in bench.leases] == [sending]


def test_a_queue_that_hangs_holds_up_no_other_that_jobs_are_sent_to() -> None:
    bench = HandCranked(quick(settle_calls=1))
    hung, sent = bench.receive(2)
    bench.finish(hung, Done(NEXT))
    bench.finish(sent, Done(OutgoingMessage("the report"), "reports"))
    [_, sending] = bench.calls
    assert bench.answer(sending) is Step.SEND
    bench.answer(bench.calls[-1])
    assert [kept.body for kept in bench.reports.stored()] == ["the report"]
    assert [lease.delivery for lease in bench.leases] == [hung]


def test_jobs_for_several_queues_go_out_in_a_batch_for_each() -> None:
    bench = HandCranked(quick(send_linger_seconds=1))
    for number, delivery in enumerate(bench.receive(6)):
        bench.finish(delivery, Done(OutgoingMessage(str(number)), "reports" if number % 2 else ""))
    bench.advance(1)
    assert [len(call.entries) for call in bench.calls] == [3, 3]
    bench.until_quiet()
    assert sorted(kept.body for kept in bench.next_jobs.stored()) == ["0", "2", "4"]
    assert sorted(kept.body for kept in bench.reports.stored()) == ["1", "3", "5"]


@pytest.mark.parametrize("lease_seconds", [2, 6, 60])
def test_one_hung_renewal_loses_no_lease(lease_seconds: int) -> None:
    bench = HandCranked(quick(lease_seconds=lease_seconds))
    bench.receive(10)
    bench.advance(lease_seconds / 2)
    while not bench.calls:
        bench.advance(lease_seconds / 60)
    [hung] = bench.calls
    steps = []
    for _ in range(120):
        steps += [bench.answer(call) for call in bench.awaited if call is not hung]
        bench.advance(lease_seconds / 60)
    assert steps.count(Step.RENEW) >= 2
    assert bench.observer.named("lease_lost") == []


@pytest.mark.parametrize("outcome", [Retry(1), Retry(4), Release()])
@pytest.mark.parametrize("hangs", [True, False])
def test_a_hide_whose_answer_was_lost_never_cuts_another_worker_s_lease(outcome: Outcome, hangs: bool) -> None:
    bench = HandCranked()
    [delivery] = bench.receive()
    if hangs:
        bench.finish(delivery, outcome)
        bench.queue.change_visibility([(delivery, bench.calls[0].entries[0].seconds)])
    else:
        bench.queue.faults.fail("change_visibility", took_effect=True)
        bench.finish(delivery, outcome)
        bench.answer()
    bench.advance(4)
    [theirs] = bench.queue.receive(10, 0)
    [kept] = bench.queue.stored()
    hung = list(bench.calls)
    for _ in range(200):
        for call in [call for call in bench.awaited if call not in hung]:
            bench.answer(call)
        bench.advance(0.25)
    assert bench.queue.stored() == [kept]
    assert bench.slots.held == 0
    assert not bench.queue.delete([theirs])


def test_a_hide_that_the_service_refused_is_tried_again_at_once() -> None:
    bench = HandCranked()
    bench.queue.faults.fail("change_visibility", times=3, code="RequestThrottled", unknown=False)
    [delivery] = bench.receive()
    bench.finish(delivery, Release())
    assert bench.until_quiet() == [Step.CHANGE_VISIBILITY] * 4
    assert [fact.delivery for fact in bench.observer.named("settled")] == [delivery]


def test_a_handler_that_ends_just_past_its_timeout_keeps_its_lease_while_its_settle_is_tried() -> None:
    bench = HandCranked()
    bench.sender.faults.fail("send", times=1_000)
    [delivery] = bench.receive()
    bench.settler.abandon(delivery, Retry(5))
    bench.advance(31)
    bench.finish(delivery, Done(NEXT))
    assert pass_time(bench, 300, hanging=[], step=1.0).count(Step.RENEW) >= 8
    bench.sender.faults._plans.clear()
    bench.until_quiet()
    assert len(bench.queue) == 0
    assert len(bench.next_jobs) == 1


class Spoiled(InMemorySender):
    """A queue that refuses a whole call for one entry in it."""

    def __init__(self, inner: InMemorySender, error: QueueError) -> None:
        super().__init__(inner._queue)
        self.error = error

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Failure]:
        if any(message.body == "spoils" for message in messages):
            raise self.error
        return super().send(messages)


@pytest.mark.parametrize("place", range(10))
def test_an_entry_for_which_a_whole_call_is_refused_costs_no_other_entry_its_send(place: int) -> None:
    bench = HandCranked(quick(send_linger_seconds=1))
    bench.sender = Spoiled(
        bench.sender, RequestRefused("x", code="InvalidParameterValue", unknown=False, divisible=True)
    )
    for number, delivery in enumerate(bench.receive(10)):
        bench.finish(delivery, Done(OutgoingMessage("spoils" if number == place else str(number))))
    steps = bench.until_quiet()
    assert len(bench.queue) == 0
    assert sorted(kept.body for kept in bench.next_jobs.stored()) == sorted(set(map(str, range(10))) - {str(place)})
    assert [kept.body for kept in bench.dead_letters.stored()] == ["unsendable"]
    assert steps.count(Step.SEND) <= 12


def test_an_error_that_may_be_one_entry_s_fault_takes_the_others_along_for_seconds_only() -> None:
    bench = HandCranked(quick(send_linger_seconds=1))
    bench.sender = Spoiled(bench.sender, QueueError("x", code="InternalError", divisible=True))
    for number in range(10):
        bench.finish(bench.receive()[0], Done(OutgoingMessage(str(number) if number else "spoils")))
    pass_time(bench, 10, hanging=[])
    assert len(bench.next_jobs) == 9
    assert len(bench.queue) == 1
    assert bench.observer.named("lease_lost") == []


def test_a_worker_that_is_full_of_what_a_queue_refuses_says_so_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    bench = HandCranked(quick(max_concurrency=3, max_unsettled=12))
    bench.letters.faults.fail("send", times=1_000, code="AWS.SimpleQueueService.NonExistentQueue", refused=True)
    bench.receive(2)
    for delivery in bench.receive(10):
        bench.finish(delivery, Reject("x", LETTER))
    pass_time(bench, 50, hanging=[], step=1.0)
    [said] = [record.getMessage() for record in caplog.records if record.getMessage().startswith("full")]
    assert "12 deliveries" in said
    assert "10 wait for dead_letter at dead-letters (AWS.SimpleQueueService.NonExistentQueue)" in said


def test_a_worker_that_is_full_of_running_jobs_has_nothing_to_say(caplog: pytest.LogCaptureFixture) -> None:
    bench = HandCranked(quick(max_concurrency=10, max_unsettled=10))
    bench.receive(10)
    pass_time(bench, 50, hanging=[], step=1.0)
    assert not caplog.records


@pytest.mark.parametrize("on_trial", [True, False])
def test_what_is_on_trial_is_never_hidden_in_place_of_its_copy(on_trial: bool) -> None:
    bench = HandCranked()
    bench.again.faults.fail("send", times=8)
    trial = History(message_id="m-1", sent_ms=0, receives=5, lost=4, trial=int(on_trial)).write()
    bench.queue.put("{}", {HISTORY: Attribute(trial)})
    assert bench.slots.reserve(1, wait_seconds=0, linger_seconds=0) == 1
    [delivery] = bench.queue.receive(1, 0)
    bench.settler.taken([delivery])
    bench.finish(delivery, Release(1, OutgoingMessage("the copy")))
    steps = bench.until_quiet()
    assert steps.count(Step.RETURN) == (9 if on_trial else 4)
    assert (Step.DEAD_LETTER in steps) is not on_trial  # what the double says to a copy that is refused
