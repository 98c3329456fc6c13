"""What is asked of each trigger of the crash test, and what must become of it. Pure: the seed decides everything.

A further fate is a line in `SPECIAL` and one in `ENDS`; something that happens on the way is a further part of the wish.
"""

from __future__ import annotations

import json
import random
from typing import NamedTuple

from jobqueue.messages.job_id import derive_job_id

from .flow import JOBS_DLQ, TRIGGERS_DLQ

ALWAYS = 1_000_000
FAILS = 0.05
"""Chance that an attempt's handler fails."""
MAX_FAILURES = 3
"""Attempts that fail before one succeeds; below MAX_ATTEMPTS, so that only who always fails is exhausted."""

DIES = 0.005
"""Chance that a trigger's first attempt, or its job's, kills its worker."""
FORKS = 0.03
"""Chance that a trigger's handlers have forked children."""

CANCELLED = 0.1
"""Chance that a trigger whose job would complete is one that is cancelled on the way, where there are records."""
UNIQUE = 0.2
"""Chance that another one that would complete has one of these keys, where there are records: then it may be a duplicate of one that is not over."""
UNIQUE_KEYS = 4
MADE_MS = 1_767_225_600_000
"""The time in the ids of such jobs."""

SPECIAL = (
    (0.004, "not json"),
    (0.003, "no trigger"),
    (0.003, "wrong payload"),
    (0.005, "main always fails"),
    (0.005, "main rejects"),
    (0.005, "job always fails"),
    (0.005, "job rejects"),
    (0.001, "main always kills"),
    (0.001, "job always kills"),
)
"""Chances of a trigger that must not complete; the first three are the 1 % poison."""


class Fate(NamedTuple):
    """Where a trigger ended, and why."""

    where: str
    reason: str = ""


COMPLETED = Fate("completed")
WORKER_LOST = {Fate(TRIGGERS_DLQ, "worker_lost"), Fate(JOBS_DLQ, "worker_lost")}

ENDS: dict[str, tuple[dict[str, object], Fate]] = {
    "": ({}, COMPLETED),
    "not json": ({}, Fate(TRIGGERS_DLQ, "malformed_json")),
    "no trigger": ({}, Fate(TRIGGERS_DLQ, "wrong_schema")),
    "wrong payload": ({"steps": "many"}, Fate(TRIGGERS_DLQ, "wrong_schema")),
    "main always fails": ({"main_failures": ALWAYS}, Fate(TRIGGERS_DLQ, "attempts_exhausted")),
    "main rejects": ({"main_reject": True}, Fate(TRIGGERS_DLQ, "refused")),
    "job always fails": ({"job_failures": ALWAYS}, Fate(JOBS_DLQ, "attempts_exhausted")),
    "job rejects": ({"job_reject": True}, Fate(JOBS_DLQ, "refused")),
    "main always kills": ({"main_deaths": ALWAYS}, Fate(TRIGGERS_DLQ, "worker_lost")),
    "job always kills": ({"job_deaths": ALWAYS}, Fate(JOBS_DLQ, "worker_lost")),
}
"""What each asks of the handlers beside, and where it must end."""


class Planned(NamedTuple):
    """A trigger to send, and its fate. `cancels`: the id of a job that is to be cancelled, where there are records; `unique`: that of one that may
    be a duplicate, and `key` what it is unique by."""

    number: int
    body: str
    fate: Fate
    cancels: str = ""
    unique: str = ""
    key: str = ""


def planned(seed: str, number: int, *, with_records: bool = False) -> Planned:
    """The trigger of this number."""
    chance = random.Random(f"{seed}/{number}")
    special = _special(chance)
    wish: dict[str, object] = {
        "number": number,
        "main_failures": _failures(chance),
        "job_failures": _failures(chance),
        "steps": chance.randint(1, 4),
        "seconds": round(chance.expovariate(1 / 0.05), 3),
    }
    if chance.random() < DIES:
        wish[chance.choice(("main_deaths", "job_deaths"))] = 1
    if chance.random() < FORKS:
        wish["forks"] = True
    asked, fate = ENDS[special]
    trigger: dict[str, object] = {"trigger": "crash", "data": wish | asked}
    if special == "no trigger":
        del trigger["trigger"]
    cancels = ""
    if fate == COMPLETED and chance.random() < CANCELLED:
        cancels = trigger["jobId"] = derive_job_id("crash", f"{seed}/{number}", MADE_MS)
    unique = key = ""
    if with_records and fate == COMPLETED and not cancels and chance.random() < UNIQUE:
        unique = trigger["jobId"] = derive_job_id("crash", f"{seed}/{number}", MADE_MS)
        key = trigger["uniqueKey"] = f"key {chance.randrange(UNIQUE_KEYS)}"
    body = json.dumps(trigger)
    return Planned(number, body[:-1] if special == "not json" else body, fate, cancels, unique, key)


def _special(chance: random.Random) -> str:
    drawn = chance.random()
    for share, name in SPECIAL:
        if drawn < share:
            return name
        drawn -= share
    return ""


def _failures(chance: random.Random) -> int:
    failures = 0
    while failures < MAX_FAILURES and chance.random() < FAILS:
        failures += 1
    return failures
