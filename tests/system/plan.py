"""What is asked of each trigger of the crash test, and what must become of it? Pure: the seed decides everything."""

from __future__ import annotations

import json
import random
from typing import NamedTuple

from .flow import JOBS_DLQ, TRIGGERS_DLQ

ALWAYS = 1_000_000
FAILS = 0.05
"""Chance that an attempt's handler fails."""
MOST_FAILURES = 3
"""Attempts that fail before one succeeds; below MAX_ATTEMPTS, so that only who always fails is exhausted."""

SPECIAL = (
    (0.004, "not json"),
    (0.003, "no trigger"),
    (0.003, "wrong payload"),
    (0.005, "main always fails"),
    (0.005, "main rejects"),
    (0.005, "job always fails"),
    (0.005, "job rejects"),
)
"""Chances of a trigger that must not complete; the first three are the 1 % poison."""


class Fate(NamedTuple):
    """Where a trigger ended, and why."""

    where: str
    reason: str = ""


COMPLETED = Fate("completed")


class Planned(NamedTuple):
    """A trigger to send, and its fate."""

    number: int
    body: str
    fate: Fate


def planned(seed: str, number: int) -> Planned:
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
    trigger: dict[str, object] = {"trigger": "crash", "data": wish}
    fate = COMPLETED
    if special == "not json":
        return Planned(number, json.dumps(trigger)[:-1], Fate(TRIGGERS_DLQ, "malformed_json"))
    if special == "no trigger":
        del trigger["trigger"]
        fate = Fate(TRIGGERS_DLQ, "wrong_schema")
    elif special == "wrong payload":
        wish["steps"] = "many"
        fate = Fate(TRIGGERS_DLQ, "wrong_schema")
    elif special == "main always fails":
        wish["main_failures"] = ALWAYS
        fate = Fate(TRIGGERS_DLQ, "attempts_exhausted")
    elif special == "main rejects":
        wish["main_reject"] = True
        fate = Fate(TRIGGERS_DLQ, "refused")
    elif special == "job always fails":
        wish["job_failures"] = ALWAYS
        fate = Fate(JOBS_DLQ, "attempts_exhausted")
    elif special == "job rejects":
        wish["job_reject"] = True
        fate = Fate(JOBS_DLQ, "refused")
    return Planned(number, json.dumps(trigger), fate)


def _special(chance: random.Random) -> str:
    drawn = chance.random()
    for share, name in SPECIAL:
        if drawn < share:
            return name
        drawn -= share
    return ""


def _failures(chance: random.Random) -> int:
    failures = 0
    while failures < MOST_FAILURES and chance.random() < FAILS:
        failures += 1
    return failures
