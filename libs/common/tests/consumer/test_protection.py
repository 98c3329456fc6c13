"""When the task asks for protection, and that it never does so for ever."""

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobqueue.consumer.protection import Decision, ProtectionPolicy

OPEN = Decision(protect=False, pause_receiving=False)
PROTECTED = Decision(protect=True, pause_receiving=False)
FINISHING = Decision(protect=True, pause_receiving=True)
PAUSED = Decision(protect=False, pause_receiving=True)

GRACE, AFTER, MAX, PAUSE = 60, 10, 1800, 60


@pytest.fixture
def policy() -> ProtectionPolicy:
    return ProtectionPolicy(GRACE, AFTER, MAX, PAUSE)


def test_a_worker_without_long_jobs_is_never_protected(policy: ProtectionPolicy) -> None:
    assert {policy.tick(now, None, held=10) for now in range(10_000)} == {OPEN}


def test_a_job_that_always_fits_into_the_grace_period_is_not_long(policy: ProtectionPolicy) -> None:
    assert not policy.is_long(GRACE)
    assert policy.is_long(GRACE + 0.1)


def test_protection_is_asked_for_once_a_long_job_is_older_than_the_debounce_time(
    policy: ProtectionPolicy,
) -> None:
    assert policy.tick(0, 0, held=1) == OPEN
    assert policy.tick(9.9, 9.9, held=1) == OPEN
    assert policy.tick(10, 10, held=1) == PROTECTED


def test_protection_is_given_up_when_no_long_job_ran_for_the_debounce_time(policy: ProtectionPolicy) -> None:
    policy.tick(0, AFTER, held=1)
    assert policy.tick(5, AFTER + 5, held=1) == PROTECTED
    assert policy.tick(14.9, None, held=1) == PROTECTED
    assert policy.tick(15, None, held=1) == OPEN


def test_a_short_gap_between_two_long_jobs_does_not_end_protection(policy: ProtectionPolicy) -> None:
    policy.tick(0, AFTER, held=1)
    assert policy.tick(5, None, held=0) == PROTECTED
    assert policy.tick(9, 0, held=1) == PROTECTED
    assert policy.tick(18, None, held=0) == PROTECTED


def test_after_the_maximum_the_worker_finishes_what_it_holds_then_is_open_for_the_pause(
    policy: ProtectionPolicy,
) -> None:
    policy.tick(0, AFTER, held=1)
    assert policy.tick(MAX - 1, 100, held=3) == PROTECTED
    assert policy.tick(MAX, 101, held=3) == FINISHING
    assert policy.tick(MAX + 1, None, held=1) == FINISHING
    assert policy.tick(MAX + 2, None, held=0) == PAUSED
    assert policy.tick(MAX + 2 + PAUSE - 1, None, held=0) == PAUSED
    assert policy.tick(MAX + 2 + PAUSE, None, held=0) == OPEN


def test_a_job_that_slips_into_the_pause_does_not_shorten_it(policy: ProtectionPolicy) -> None:
    policy.tick(0, AFTER, held=1)
    assert policy.tick(MAX, None, held=0) == PAUSED
    assert policy.tick(MAX + PAUSE - 1, AFTER + 20, held=1) == PAUSED
    assert policy.tick(MAX + PAUSE, AFTER + 21, held=1) == PROTECTED


def test_an_opening_too_short_for_ecs_to_use_does_not_start_the_count_anew() -> None:
    policy = ProtectionPolicy(GRACE, 0, MAX, PAUSE)
    decisions = [policy.tick(now, 0 if now % 2 else None, held=now % 2) for now in range(MAX + 3)]
    assert PROTECTED in decisions
    assert OPEN in decisions
    assert decisions[-1] in (FINISHING, PAUSED)


@pytest.mark.parametrize("values", [(-1, 0, 1, 1), (0, -1, 1, 1), (0, 0, 0, 1), (0, 0, 1, 0)])
def test_values_that_make_no_sense_are_refused(values: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="must be at least"):
        ProtectionPolicy(*values)


@dataclass
class Worker:
    """A saturated worker on a manual time: whenever it may receive, every free slot gets a job at once."""

    lengths: list[int]
    slots: int
    jobs: list[tuple[int, int]] = field(default_factory=list)  # (began, ends)
    taken: int = 0

    def advance(self, now: int, *, may_receive: bool) -> tuple[int | None, int]:
        self.jobs = [(began, ends) for began, ends in self.jobs if ends > now]
        while may_receive and len(self.jobs) < self.slots:
            self.jobs.append((now, now + self.lengths[self.taken % len(self.lengths)]))
            self.taken += 1
        oldest = max((now - began for began, ends in self.jobs if ends - began > GRACE), default=None)
        return oldest, len(self.jobs)


def test_a_paused_service_receives_nothing_and_keeps_its_protection_until_nothing_is_held(
    policy: ProtectionPolicy,
) -> None:
    policy.tick(0, AFTER, held=2)
    assert policy.tick(1, AFTER + 1, held=2, service_paused=True) == FINISHING
    assert policy.tick(2, None, held=1, service_paused=True) == FINISHING
    assert policy.tick(3, None, held=0, service_paused=True) == PAUSED
    assert policy.tick(4, None, held=0, service_paused=True) == PAUSED
    assert policy.tick(5, None, held=0) == OPEN


def test_a_job_that_becomes_long_in_a_paused_service_is_protected(policy: ProtectionPolicy) -> None:
    assert policy.tick(0, AFTER - 1, held=1, service_paused=True) == PAUSED
    assert policy.tick(1, AFTER, held=1, service_paused=True) == FINISHING


def openings(decisions: list[Decision]) -> list[tuple[int, int]]:
    """The stretches of ticks without protection, as (first, length)."""
    found: list[tuple[int, int]] = []
    for now, decision in enumerate(decisions):
        if decision.protect:
            continue
        if found and sum(found[-1]) == now:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((now, 1))
    return found


@settings(max_examples=100)
@given(
    lengths=st.lists(st.integers(1, 200), min_size=1, max_size=12),
    slots=st.integers(1, 4),
    after=st.integers(0, 90),
)
def test_a_saturated_worker_becomes_unprotected_in_bounded_time(lengths: list[int], slots: int, after: int) -> None:
    most, pause = 300, 60
    policy = ProtectionPolicy(GRACE, after, most, pause)
    worker = Worker(lengths, slots)
    decisions: list[Decision] = []
    for now in range(1_200):
        may_receive = not decisions or not decisions[-1].pause_receiving
        oldest, held = worker.advance(now, may_receive=may_receive)
        decisions.append(policy.tick(now, oldest, held))
        if decisions[-1].protect is False and oldest is not None and oldest >= after:
            assert decisions[-1].pause_receiving, "a long job is at risk outside the pause"

    # Before the first protection the worker was open all along; the last opening may be cut off by the end.
    end = len(decisions)
    began = next((now for now, decision in enumerate(decisions) if decision.protect), end)
    fair = [stretch for stretch in openings(decisions) if stretch[1] >= pause or sum(stretch) == end]
    without = [later[0] - sum(earlier) for earlier, later in pairwise([(began, 0), *fair, (end, 0)])]
    assert max(without) <= most + pause + max(lengths) + 2
    assert worker.taken > 5, "the worker goes on after each pause"
