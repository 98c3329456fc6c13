"""`jobctl step` as a person types it, over the table of a local AWS."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from jobqueue.consumer.job_records import Ending, Key, Start, Status
from jobqueue.consumer.job_steps import JobStep
from jobqueue.messages.job_id import new_job_id
from jobqueue.testing import SystemClock
from jobqueue.testing.contract import DynamoDbBackend
from jobqueue.testing.contract.job_records import KEEPING

from .conftest import Jobs
from .world import World


@dataclass
class Interrupted:
    """A job that is dead, because its step `charge` was begun and is not known to have ended; `fetch` has."""

    backend: DynamoDbBackend
    shell: Jobs
    clock: SystemClock

    def __post_init__(self) -> None:
        self.job_id = new_job_id()
        self.key = Key(self.job_id, "import")
        self.records = self.backend.records(self.clock, KEEPING)
        self.steps = self.backend.steps(self.clock, KEEPING)
        self.begin("a")
        at = time.time_ns() // 1_000_000
        step = JobStep(key=self.key, name="fetch", attempt=1, at=at, result='{"page":1}')
        self.steps.end(step)
        self.steps.begin(replace(step, name="charge", result=None, mark="a mark"))

    def begin(self, owner: str) -> None:
        now = time.time_ns() // 1_000_000
        self.records.begin(Start(key=self.key, type="import", owner=owner, lease_ends=now + 60_000, sent_at=now))

    def die(self) -> None:
        self.records.end(self.key, "a", Ending(Status.DEAD, time.time_ns() // 1_000_000, reason="step_interrupted"))

    def charge(self) -> JobStep:
        (step,) = [step for step in self.steps.read(self.key) if step.name == "charge"]
        return step


@pytest.fixture
def job(still: World, shell: Callable[[World], Jobs]) -> Interrupted:
    return Interrupted(still.keep_records(), shell(still), SystemClock())


def test_the_steps_of_a_job_are_listed_with_what_became_of_them(job: Interrupted) -> None:
    listed = job.shell.said("step", job.job_id)
    assert [(one["stage"], one["name"], one["state"], one["result"]) for one in listed] == [
        ("import", "charge", "interrupted", None),
        ("import", "fetch", "ended", {"page": 1}),
    ]
    shown = job.shell.run("step", job.job_id.lower()).stdout
    assert "interrupted" in shown
    assert '{"page":1}' in shown


def test_a_step_that_took_effect_is_given_its_result(job: Interrupted) -> None:
    job.die()
    said = job.shell.run("step", job.job_id, "charge", "--done", '{"receipt": 4711}')
    assert f"jobctl dead redrive {job.job_id}" in said.stdout
    assert job.charge().result == '{"receipt": 4711}'
    again = job.shell.run("step", job.job_id, "charge", "--again")
    assert again.exit_code == 1
    assert "has ended" in again.stderr


def test_a_step_that_did_not_take_effect_may_run_again(job: Interrupted) -> None:
    job.die()
    assert job.shell.said("step", job.job_id, "charge", "--again")["state"] == "may run again"
    assert not job.charge().begun


def test_nothing_is_decided_while_an_attempt_runs(job: Interrupted) -> None:
    said = job.shell.run("step", job.job_id, "charge", "--again")
    assert said.exit_code == 1
    assert "Attempt 1 of job" in said.stderr
    assert job.charge().begun


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["charge"], 2, "what became of it"),
        (["--again"], 2, "its name"),
        (["charge", "--again", "--done", "1"], 2, "--again"),
        (["charge", "--done", "{"], 2, "--done is not JSON"),
        (["pay", "--again"], 4, "has no step 'pay'; it has charge, fetch"),
    ],
)
def test_what_cannot_be_decided_is_told(job: Interrupted, arguments: list[str], code: int, text: str) -> None:
    said = job.shell.run("step", job.job_id, *arguments)
    assert said.exit_code == code
    assert text in " ".join(said.stderr.split())


def test_a_stack_without_records_says_so(still: World, shell: Callable[[World], Jobs]) -> None:
    said = shell(still).run("step", new_job_id())
    assert said.exit_code == 4
    assert "job_records = true" in said.stderr
