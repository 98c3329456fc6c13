"""Who runs alone, who stands trial and who is given up: by the counts of a delivery, and by what a worker does with it."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from jobqueue.consumer.quarantine import Quarantine
from jobqueue.consumer.returns import Returns
from jobqueue.consumer.suspects import GUILTY_AFTER, SUSPECT_AFTER, TRIAL_AFTER, Standing, held_seconds, standing
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.history import HISTORY, History
from jobqueue.messages.outcome import Release, Retry
from jobqueue.testing import InMemoryQueue, InMemorySender

from .workbench import a_delivery

MAX_RECEIVES = 10
NOW_MS = time.time_ns() // 1_000_000


def received(times: int = 1, *, lost: int = 0, trial: int = 0, until_ms: int = 0, attempts: int = 0) -> Delivery:
    """For the `times`-th time in this incarnation; `lost` before it."""
    plain = replace(a_delivery(receive_count=times), sent_ms=NOW_MS, received_ms=NOW_MS)
    if not (lost or trial or until_ms or attempts):
        return plain
    history = History(
        message_id="m-1", sent_ms=NOW_MS, attempts=attempts, lost=lost, trial=trial, held_until_ms=until_ms
    )
    return replace(plain, attributes={HISTORY: Attribute(history.write())})


@pytest.mark.parametrize(
    ("delivery", "expected"),
    [
        (received(), Standing.CLEAR),
        (received(SUSPECT_AFTER), Standing.CLEAR),
        (received(SUSPECT_AFTER + 1), Standing.SUSPECT),
        (received(lost=SUSPECT_AFTER), Standing.SUSPECT),
        (received(2, lost=SUSPECT_AFTER), Standing.TO_TRIAL),
        (received(TRIAL_AFTER + 1), Standing.TO_TRIAL),
        (received(lost=TRIAL_AFTER, trial=1), Standing.ON_TRIAL),
        (received(GUILTY_AFTER, lost=TRIAL_AFTER, trial=1), Standing.ON_TRIAL),
        (received(GUILTY_AFTER + 1, lost=TRIAL_AFTER, trial=1), Standing.GUILTY),
        (received(1, lost=TRIAL_AFTER, trial=1 + GUILTY_AFTER), Standing.GUILTY),
        (received(MAX_RECEIVES), Standing.GUILTY),
        (received(attempts=4), Standing.CLEAR),
        (received(2, until_ms=NOW_MS), Standing.CLEAR),
    ],
)
def test_what_counts_say_of_a_delivery(delivery: Delivery, expected: Standing) -> None:
    assert standing(delivery, MAX_RECEIVES) is expected


def test_a_job_that_fails_again_and_again_is_never_a_suspect() -> None:
    """What a failed attempt leaves to the next receive: hidden it counts on, as a copy it begins anew."""
    returns = Returns(InMemorySender(InMemoryQueue()))
    delivery = received()
    for attempt in range(1, 50):
        assert standing(delivery, 6) is Standing.CLEAR
        assert delivery.attempt == attempt
        outcome = returns.failed(delivery, 0)
        if outcome.copy is None:
            delivery = replace(delivery, receive_count=delivery.receive_count + 1)
        else:
            delivery = replace(delivery, receive_count=1, attributes=outcome.copy.attributes)


def test_a_failure_that_cannot_be_a_copy_is_hidden() -> None:
    returns = Returns(InMemorySender(InMemoryQueue(), max_bytes=10))
    assert returns.failed(received(5), 7) == Retry(7)
    assert returns.never_started(received(5)) == Release()


@pytest.mark.parametrize(("ahead_seconds", "left"), [(3_600, 3_600), (0.2, 1), (-5, 0), (10**6, 43_200)])
def test_a_delay_longer_than_a_send_can_have_goes_on_at_the_receive(ahead_seconds: float, left: int) -> None:
    assert held_seconds(received(until_ms=NOW_MS + int(ahead_seconds * 1000))) == left


class Worker:
    """What a quarantine sees of its worker, moved by the test: `runs` are at work, `held` is everything."""

    def __init__(self) -> None:
        self.runs: list[Delivery] = []
        self.settling = 0
        self.paused = False
        self.returned: list[tuple[Delivery, Release]] = []
        self.condemned: list[Delivery] = []
        self.quarantine = Quarantine(self, Returns(InMemorySender(InMemoryQueue())), max_receive_count=MAX_RECEIVES)

    @property
    def running(self) -> int:
        return len(self.runs)

    @property
    def held(self) -> int:
        waiting = self.quarantine._suspect
        return len(self.runs) + self.settling + (waiting is not None and waiting not in self.runs)

    def pause(self) -> None:
        self.paused = True

    def submit(self, delivery: Delivery) -> None:
        self.runs.append(delivery)

    def give_back(self, delivery: Delivery, outcome: Release) -> None:
        self.returned.append((delivery, outcome))
        self.settling += 1

    def condemn(self, delivery: Delivery) -> None:
        self.condemned.append(delivery)

    def arrive(self, *deliveries: Delivery) -> None:
        self.quarantine.admit(deliveries)

    def histories(self) -> list[History | None]:
        """Of what was given back, as it comes again."""
        copies = [outcome.copy for _, outcome in self.returned]
        return [None if copy is None else received_again(copy.attributes) for copy in copies]


def received_again(attributes: object) -> History | None:
    return replace(a_delivery(), attributes=attributes).history  # type: ignore[arg-type]


def test_a_suspect_runs_once_nothing_else_is_held_and_then_receiving_goes_on() -> None:
    worker, suspect, busy = Worker(), received(lost=SUSPECT_AFTER), received()
    worker.arrive(busy)
    worker.arrive(suspect, received())
    assert worker.paused
    assert worker.runs == [busy]
    worker.quarantine.look()
    worker.runs.remove(busy)
    worker.settling += 1  # its delete is not confirmed: a death would have it run again
    worker.quarantine.look()
    assert worker.runs == []
    worker.settling = 0
    worker.quarantine.look()
    assert worker.runs == [suspect]
    worker.quarantine.look()
    assert worker.quarantine.active
    worker.runs.clear()
    worker.quarantine.look()
    assert not worker.quarantine.active


def test_what_arrives_beside_a_suspect_goes_back_at_no_cost_other_suspects_too() -> None:
    worker = Worker()
    other = received(2, lost=SUSPECT_AFTER - 1)
    worker.arrive(received(2, attempts=1), received(lost=SUSPECT_AFTER), other)
    worker.arrive(received())
    assert [(one.attempts, one.lost, one.receives) for one in worker.histories() if one] == [
        (1, 1, 2),
        (0, SUSPECT_AFTER, 2),
        (0, 0, 1),
    ]
    assert worker.runs == []


def test_a_delivery_on_trial_runs_at_once_in_an_idle_worker_and_is_never_held_in_a_busy_one() -> None:
    on_trial = received(2, lost=TRIAL_AFTER, trial=1)
    idle, busy = Worker(), Worker()
    idle.arrive(on_trial)
    idle.quarantine.look()
    assert idle.runs == [on_trial]
    busy.arrive(received())
    busy.arrive(on_trial)
    [again] = busy.histories()
    assert again is not None
    assert (again.trial, again.lost) == (2, TRIAL_AFTER + 1), "what it was lost on trial counts on"
    assert busy.paused, "so that it is idle when the copy comes again"
    busy.runs.clear()
    busy.quarantine.look()
    assert not busy.quarantine.active


def test_who_was_lost_in_a_run_alone_goes_to_trial_and_who_was_lost_on_trial_is_given_up() -> None:
    worker = Worker()
    worker.arrive(received(2, lost=SUSPECT_AFTER))
    [again] = worker.histories()
    assert again is not None
    assert (again.trial, again.lost) == (1, SUSPECT_AFTER + 1)
    guilty = received(1 + GUILTY_AFTER, lost=again.lost, trial=1)
    worker.arrive(guilty)
    assert worker.condemned == [guilty]
    assert not worker.quarantine.active


def test_a_suspect_that_waits_when_the_worker_drains_or_its_lease_ends_does_not_run() -> None:
    draining, losing = Worker(), Worker()
    for worker in (draining, losing):
        worker.arrive(received())
    suspect = received(lost=SUSPECT_AFTER)
    draining.arrive(suspect)
    draining.quarantine.close()
    assert [delivery for delivery, _ in draining.returned] == [suspect]
    losing.arrive(suspect)
    assert losing.quarantine.lost(suspect)
    losing.runs.clear()
    losing.quarantine.look()
    assert (losing.runs, losing.quarantine.active) == ([], False)


def test_in_a_draining_worker_everything_goes_back_but_the_guilty() -> None:
    worker = Worker()
    worker.quarantine.close()
    guilty = received(1 + GUILTY_AFTER, lost=TRIAL_AFTER, trial=1)
    worker.arrive(received(), received(lost=SUSPECT_AFTER), received(lost=TRIAL_AFTER, trial=1), guilty)
    assert len(worker.returned) == 3
    assert worker.condemned == [guilty]
    assert worker.runs == []
