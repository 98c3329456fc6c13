"""Whatever happens in whatever order: what must always hold of leases, calls and slots. A state machine on the settler, cranked by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from jobqueue.chance import CHANCE
from jobqueue.consumer.leases import State
from jobqueue.consumer.settle_calls import Call, Step
from jobqueue.messages.delivery import Delivery
from jobqueue.messages.outcome import Done, Leave, Outcome, Reject, Release, Retry
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.testing import InMemoryQueue, InMemorySender

from .workbench import HandCranked, quick

LEASE_SECONDS = 1_200
TWELVE_HOURS = 43_200


def outcomes(number: int) -> Sequence[Outcome]:
    message = OutgoingMessage(f"message {number}")
    return (
        Done(),
        Done(message),
        Retry(30),
        Retry(43_200),
        Reject("x", message),
        Release(),
        Leave(),
        Release(copy=message),
        Retry(9, message),
    )


class Settling(RuleBasedStateMachine):
    """Deliveries come, end, are abandoned or left; calls are answered in any order, fail in every way; time passes."""

    running = Bundle("running")

    def __init__(self) -> None:
        super().__init__()
        CHANCE.seed(0)  # what hypothesis repeats must repeat
        self.bench = HandCranked(quick(settle_calls=2, lease_seconds=LEASE_SECONDS, settle_linger_seconds=0.2))
        self.copies = InMemoryQueue("copies", clock=self.bench.clock)  # elsewhere, so that none is received and deleted
        self.bench.again = InMemorySender(self.copies)
        self.numbers = iter(range(1_000_000))
        self.finished: dict[Delivery, Outcome] = {}
        self.abandoned: set[Delivery] = set()
        self.gone: set[Delivery] = set()
        self.seen: set[int] = set()

    @rule(target=running)
    def one_arrives(self) -> Delivery:
        return self.bench.receive()[0]

    @rule(count=st.integers(2, 10))
    def several_arrive_and_end(self, count: int) -> None:
        for delivery in self.bench.receive(count):
            self.ends(delivery, Done())

    @rule(delivery=consumes(running), which=st.integers(0, 8))
    def one_ends(self, delivery: Delivery, which: int) -> None:
        self.ends(delivery, outcomes(next(self.numbers))[which])

    @rule(delivery=consumes(running), which=st.integers(0, 8))
    def one_ends_in_the_moment_in_which_it_is_left(self, delivery: Delivery, which: int) -> None:
        self.ends(delivery, outcomes(next(self.numbers))[which])
        self.bench.settler.finished(delivery, Leave())
        self.bench.turn()

    @rule(delivery=running)
    def one_hangs(self, delivery: Delivery) -> None:
        self.bench.settler.abandon(delivery, Retry(60))
        self.bench.turn()
        self.abandoned.add(delivery)

    @precondition(lambda self: self.bench.awaited)
    @rule(data=st.data(), way=st.sampled_from(("well", "fails", "answer lost", "one entry fails", "one entry is gone")))
    def a_call_ends(self, data: st.DataObject, way: str) -> None:
        call = data.draw(st.sampled_from(self.bench.awaited))
        operation, faults = {
            Step.DELETE: ("delete", self.bench.queue.faults),
            Step.CHANGE_VISIBILITY: ("change_visibility", self.bench.queue.faults),
            Step.RENEW: ("change_visibility", self.bench.queue.faults),
            Step.SEND: ("send", self.bench.sender.faults),
            Step.RETURN: ("send", self.bench.again.faults),
            Step.DEAD_LETTER: ("send", self.bench.letters.faults),
        }[call.step]
        if way in ("fails", "answer lost"):
            faults.fail(operation, took_effect=way == "answer lost")  # type: ignore[arg-type]
        elif way != "well":
            index = data.draw(st.integers(0, len(call.entries) - 1))
            faults.fail_entries(operation, index, gone=way == "one entry is gone")  # type: ignore[arg-type]
        self.checked(call)
        self.bench.answer(call)

    @precondition(lambda self: len(self.bench.awaited) < len(self.bench.calls))
    @rule(data=st.data(), took_effect=st.booleans())
    def a_call_that_hung_ends_at_last(self, data: st.DataObject, took_effect: bool) -> None:
        call = data.draw(st.sampled_from([call for call in self.bench.calls if call.given_up]))
        if took_effect and call.step is Step.DELETE:
            self.bench.queue.delete([entry.lease.delivery for entry in call.entries])
        self.bench.answer(call)

    @rule(seconds=st.sampled_from((0.05, 0.25, 5.0, LEASE_SECONDS / 4, LEASE_SECONDS / 2)))
    def time_passes(self, seconds: float) -> None:
        self.bench.advance(seconds)

    @rule()
    def hours_pass_in_which_calls_succeed(self) -> None:
        for _ in range(20):
            self.bench.advance(LEASE_SECONDS / 4)
            for call in list(self.bench.calls):
                self.checked(call)
                self.bench.answer(call)

    def ends(self, delivery: Delivery, outcome: Outcome) -> None:
        if not isinstance(outcome, Leave):
            self.finished[delivery] = outcome
        self.bench.finish(delivery, outcome)

    def checked(self, call: Call) -> None:
        """What must hold at the moment in which a call is made."""
        for entry in call.entries:
            delivery = entry.lease.delivery
            if call.step in (Step.CHANGE_VISIBILITY, Step.RENEW):
                assert call.began + call.seconds(entry) < delivery.received_at + TWELVE_HOURS
            if call.step is Step.DELETE:
                self.nothing_is_deleted_too_early(delivery, entry.lease.outcome)

    def nothing_is_deleted_too_early(self, delivery: Delivery, outcome: Outcome | None) -> None:
        assert outcome is not None
        must_be_sent = (
            outcome.then
            if isinstance(outcome, Done)
            else outcome.letter
            if isinstance(outcome, Reject)
            else outcome.copy
        )
        if must_be_sent is not None:
            queues = (self.bench.next_jobs, self.bench.dead_letters, self.copies)
            assert must_be_sent.body in {one.body for queue in queues for one in queue.stored()}

    @invariant()
    def no_two_calls_in_flight_concern_the_same_delivery(self) -> None:
        in_flight = [entry.lease.delivery for call in self.bench.awaited for entry in call.entries]
        assert len(in_flight) == len(set(in_flight))

    @invariant()
    def each_lease_s_state_says_what_is_in_flight_and_whether_there_is_an_outcome(self) -> None:
        in_flight = {entry.lease: call.step for call in self.bench.awaited for entry in call.entries}
        for lease in self.bench.leases:
            step = in_flight.get(lease)
            assert lease.state.name.endswith("_RENEWING") == (step is Step.RENEW)
            assert (lease.state is State.SETTLING) == (step is not None and step is not Step.RENEW)
            assert lease.state.name.startswith(("RUNNING", "HANGING")) == (lease.outcome is None)

    @invariant()
    def calls_are_bounded_step_by_step_and_none_is_awaited_for_longer_than_it_may_take(self) -> None:
        steps = Counter(call.step for call in self.bench.calls)
        assert all(count <= 2 for count in steps.values())
        now = self.bench.clock.now()
        assert all(now - call.began < self.bench.policy.settle_call_seconds for call in self.bench.awaited)

    @invariant()
    def new_calls_concern_no_delivery_that_is_gone_and_renew_none_whose_handler_hangs(self) -> None:
        for call in self.bench.calls:
            if id(call) in self.seen:
                continue
            self.seen.add(id(call))
            self.keep = [*getattr(self, "keep", []), call]  # an id is only good while its call lives
            about = {entry.lease.delivery for entry in call.entries}
            assert not about & self.gone
            without_a_word = {entry.lease.delivery for entry in call.entries if entry.lease.outcome is None}
            assert call.step is not Step.RENEW or not without_a_word & self.abandoned

    @invariant()
    def each_delivery_is_reported_once_and_its_slot_given_back_once(self) -> None:
        facts = [fact for fact in self.bench.observer.facts.all() if fact.what in ("settled", "lease_lost")]
        reported = [fact.delivery for fact in facts if fact.delivery is not None]
        assert len(reported) == len(set(reported))
        self.gone = set(reported)
        held = [lease.delivery for lease in self.bench.leases]
        assert not self.gone & set(held)
        assert self.bench.slots.held == len(held)

    def teardown(self) -> None:
        """In the end every delivery that got an outcome is settled or lost; a lost one was told."""
        for _ in range(400):
            while self.bench.calls:
                self.bench.answer()
            if all(lease.outcome is None for lease in self.bench.leases):
                break
            self.bench.advance(5.0)
        settled = {fact.delivery for fact in self.bench.observer.named("settled")}
        lost = {fact.delivery for fact in self.bench.observer.named("lease_lost")}
        assert set(self.finished) <= settled | lost
        assert set(self.bench.told_lost) == lost
        assert all(lease.outcome is None for lease in self.bench.leases)


Settling.TestCase.settings = settings(max_examples=80, stateful_step_count=30)
TestSettling = Settling.TestCase
