"""Jobs of steps for `variants.py`: what ran is a line each in the file STEPS_FILE, and one job kills its worker where its data says, once."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from jobqueue import Context
from jobqueue.consumer.job_records import Ending, JobRecord, Key
from jobqueue.consumer.job_steps import JobStep
from jobqueue.dynamodb.job_records import DynamoDbJobRecords
from jobqueue.dynamodb.job_steps import DynamoDbJobSteps

STEPS_FILE = "STEPS_FILE"
BEGAN, LEFT, RAN = "began", "left", "ran"
_killed_at: dict[str, str] = {}


@dataclass(frozen=True)
class Stepping:
    """`killed`: a row of the table in docs/steps.md."""

    killed: str


@dataclass(frozen=True)
class Many:
    """`steps` of both kinds."""

    number: int
    steps: int
    seconds: float


def say(*words: object) -> None:
    """One write: whole, or not at all, whatever kills the process."""
    place = os.open(os.environ[STEPS_FILE], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(place, (" ".join(map(str, words)) + "\n").encode())
    os.close(place)


def die_at(moment: str, job_id: str) -> None:
    if _killed_at.get(job_id) != moment:
        return
    mark = Path(f"{os.environ[STEPS_FILE]}.{job_id}")
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
        Event().wait()  # this thread does nothing more, should the signal take a moment


def three_steps(wish: Stepping, context: Context) -> None:
    _killed_at[context.job_id] = wish.killed

    def act(name: str) -> None:
        say(context.job_id, name, RAN)
        die_at(f"inside of `{name}`", context.job_id)

    say(context.job_id, wish.killed)
    die_at("before `a`", context.job_id)
    context.step("a", act, "a")
    die_at("between `a` and `b`", context.job_id)
    context.step("b", act, "b", at_most_once=True)
    die_at("between `b` and `c`", context.job_id)
    context.step("c", act, "c")


def many_steps(wish: Many, context: Context) -> None:
    attempt = uuid.uuid4().hex

    def act(name: str) -> str:
        say(context.job_id, name, RAN, attempt)
        time.sleep(wish.seconds)
        return name

    say(context.job_id, "-", BEGAN, attempt)
    for number in range(wish.steps):
        for name, once in ((f"step-{number}", False), (f"effect-{number}", True)):
            assert context.step(name, act, name, at_most_once=once) == name
            say(context.job_id, name, LEFT, attempt)


def with_deaths() -> None:
    """Has the adapters die before they write a result or an end, and once they have written a mark."""
    begin, end, end_of_job = DynamoDbJobSteps.begin, DynamoDbJobSteps.end, DynamoDbJobRecords.end

    def begin_and_die(self: DynamoDbJobSteps, step: JobStep) -> JobStep | None:
        answer = begin(self, step)
        die_at(f"before `{step.name}`, its mark written", step.key.job_id)
        return answer

    def die_and_end(self: DynamoDbJobSteps, step: JobStep) -> JobStep | None:
        die_at(f"behind `{step.name}`, before its result is remembered", step.key.job_id)
        return end(self, step)

    def die_and_end_job(self: DynamoDbJobRecords, key: Key, owner: str, ending: Ending) -> Any:
        die_at("behind `c`, before the job's end is recorded", key.job_id)
        return end_of_job(self, key, owner, ending)

    patches: list[tuple[type, str, Callable[..., Any]]] = [
        (DynamoDbJobSteps, "begin", begin_and_die),
        (DynamoDbJobSteps, "end", die_and_end),
        (DynamoDbJobRecords, "end", die_and_end_job),
    ]
    for owner, name, patched in patches:
        setattr(owner, name, patched)


def outcome_of(record: JobRecord) -> str:
    """As the table of docs/steps.md says it."""
    return f"{record.status.value}: {record.reason}" if record.reason else record.status.value
