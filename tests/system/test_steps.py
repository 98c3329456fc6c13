"""Steps of jobs whose workers are killed: what ran how often is what docs/steps.md says, and no effect that may take place once takes place twice.

STEP_JOBS=2000 nox -s test -- -k none_twice      10,000 steps and 10,000 effects
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pytest

from jobqueue.consumer.job_records import Status
from jobqueue.testing.contract import DynamoDbBackend

from .chaos import Chaos
from .flow import JOBS, Flow
from .stepping import BEGAN, LEFT, RAN, STEPS_FILE, outcome_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "steps.md"
STEP_JOBS = int(os.environ.get("STEP_JOBS", "40"))
STEPS = 5
STRIKE_BYTES = (500, 5_000)
"""What is written between two strikes; a job writes 1,500."""
DEADLINE_SECONDS = 300 + STEP_JOBS
SETTINGS = {"POLL_WAIT_SECONDS": 1, "GRACE_SECONDS": 5, "MAX_CONCURRENCY": 1}
FAULTS = {
    "throttle": {"PutItem": 0.03, "Query": 0.03},
    "internal_error": {"PutItem": 0.03},
    "cut_before": {"PutItem": 0.02, "Query": 0.02},
    "cut_after": {"PutItem": 0.02},
    "hang_after": {"PutItem": 0.002},
}
"""Of the calls about steps: what is written and not known to be, above all."""


class Row(NamedTuple):
    """How often each step ran, and what became of the job."""

    a: int
    b: int
    c: int
    job: str


def documented() -> dict[str, Row]:
    """The table of the page, by where the worker is killed."""
    _, table, _ = DOCUMENT.read_text().split("killed -->")
    lines = [line.strip("| \n").split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
    return {killed: Row(int(a), int(b), int(c), job) for killed, a, b, c, job in lines}


class Stepped:
    """A table, two workers that do one job at a time, and what they wrote of it."""

    def __init__(self, flow: Flow, folder: Path, chance: random.Random, lease_seconds: int) -> None:
        flow.make(max_receive_count=1000)
        self.flow = flow
        self.table = DynamoDbBackend(flow.aws.endpoint)
        self.path = folder / "steps"
        own = {"LEASE_SECONDS": lease_seconds, "JOB_TABLE": self.table.table, STEPS_FILE: self.path}
        settings = {**SETTINGS, **own}
        self.chaos = Chaos([lambda: flow.start("stepping-background", **settings)] * 2, chance)

    def run(self, strikes: random.Random | None = None) -> None:
        """Until nothing is left, and then to the workers' ends."""
        self.work(strikes)
        self.flow.aws.faults()
        self.chaos.end()

    def work(self, strikes: random.Random | None = None) -> None:
        """Until nothing is left; workers that died are replaced. With `strikes` one is struck whenever some lines more were written: however slow the
        machine, there is work between two of them."""
        until, never, struck_at = time.monotonic() + DEADLINE_SECONDS, Event(), 0
        while self.flow.held(JOBS):
            assert time.monotonic() < until, f"still in the queues: {self.flow.aws.queues()}"
            never.wait(0.05)
            self.chaos.revive()
            written = self.path.stat().st_size if self.path.exists() else 0
            if strikes is not None and written > struck_at:
                self.chaos.strike()
                struck_at = written + strikes.randint(*STRIKE_BYTES)


@pytest.mark.timeout(DEADLINE_SECONDS + 60)
def test_a_job_of_three_steps_that_is_killed_at_every_moment_runs_what_the_page_says(
    flow: Flow, tmp_path: Path
) -> None:
    expected = documented()
    stepped = Stepped(flow, tmp_path, random.Random(1), lease_seconds=10)
    *inside, behind = expected  # the worker may be at the next job when it records the end of the last
    for killed in inside:
        flow.job("three-steps", killed=killed)
    stepped.work()
    flow.job("three-steps", killed=behind)
    stepped.run()
    counts: Counter[tuple[str, str]] = Counter()
    moments: dict[str, str] = {}
    for line in stepped.path.read_text().splitlines():
        job_id, _, rest = line.partition(" ")
        if rest.endswith(f" {RAN}"):
            counts[job_id, rest.removesuffix(f" {RAN}")] += 1
        else:
            moments[job_id] = rest
    found = {
        moments[record.key.job_id]: Row(*(counts[record.key.job_id, name] for name in "abc"), job=outcome_of(record))
        for record in stepped.table.all()
    }
    assert found == expected


@pytest.mark.timeout(DEADLINE_SECONDS + 60)
def test_of_the_effects_of_killed_workers_none_takes_place_twice_and_no_step_runs_once_its_result_is_known(
    flow: Flow, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)
    print(f"\nseed {seed}")
    stepped = Stepped(flow, tmp_path, random.Random(seed), lease_seconds=3)
    flow.aws.faults(**FAULTS, seed=seed)  # type: ignore[arg-type]
    for number in range(STEP_JOBS):
        flow.job("many-steps", number=number, steps=STEPS, seconds=0.01)
    stepped.run(strikes=random.Random(seed))
    ran: Counter[tuple[str, str]] = Counter()
    left: set[tuple[str, str]] = set()
    known: dict[
        str, set[tuple[str, str]]
    ] = {}  # to an attempt as it began; one that lost its lease does not know what the next one does
    again = []
    for line in stepped.path.read_text().splitlines():
        job_id, name, what, attempt = line.split()
        if what == BEGAN:
            known[attempt] = {place for place in left if place[0] == job_id}
        elif what == LEFT:
            left.add((job_id, name))
        else:
            ran[job_id, name] += 1
            again += [(job_id, name)] * ((job_id, name) in known[attempt])
    effects = {place: times for place, times in ran.items() if place[1].startswith("effect")}
    ends = Counter(outcome_of(record) for record in stepped.table.all())
    repeated = sum(times > 1 for times in ran.values())
    print(
        f"{STEP_JOBS} jobs: {dict(ends)}; strikes: {dict(stepped.chaos.strikes)}; of {len(ran) - len(effects)} steps {repeated} ran again, "
        f"of {len(effects)} effects {sum(times > 1 for times in effects.values())}"
    )
    assert again == []
    assert set(effects.values()) == {1}
    assert set(ends) <= {"completed", "dead: step_interrupted", "dead: worker_lost"}
    assert sum(ends.values()) == STEP_JOBS
    assert ends[Status.COMPLETED.value]


def test_a_worker_whose_handlers_have_steps_and_that_keeps_no_records_does_not_start(flow: Flow) -> None:
    flow.make()
    worker = flow.start("stepping-background")
    assert worker.end() == 64
    assert "three-steps, many-steps: said to have steps" in worker.last_lines()
    assert "Set JOB_TABLE" in worker.last_lines()
