"""Five hundred triggers and the fate of each, by what the services are documented to do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

TRIGGERS = 500
MAX_ATTEMPTS = 5
"""The stack's `max_attempts`."""
UNSUPPORTED_ATTEMPTS = 9
"""A newer worker may know the type: tried until the receive before SQS's own redrive (`max_receive_count`, 10)."""


@dataclass(frozen=True)
class Fate:
    """How jobs of one kind end. `attempts` are the background job's; 0: the main job rejects the trigger.

    `reason`: why it is dead; empty: it completes. `handled`: a handler is called for it, so its attempts are counted as such (`jobs.attempts`).
    """

    share: int
    body: str
    attempts: int
    job_type: str = "simulate"
    reason: str = ""
    handled: bool = True

    @property
    def completes(self) -> bool:
        return not self.reason


def trigger(end: str = "complete", seconds: float = 0.0, job_type: str = "simulate") -> str:
    data = {"seconds": seconds, "end": end, "remembered": end == "fail_once"}
    return json.dumps({"trigger": "test", "jobType": job_type, "data": data})


CUT_OFF = '{"trigger": "cut off in the mid'
FATES: Mapping[str, Fate] = {
    "fails once": Fate(25, trigger("fail_once"), 2),
    "asks for another attempt": Fate(15, trigger("retry_once"), 2),
    "is rejected": Fate(10, trigger("reject"), 1, reason="simulated"),
    "fails for good": Fate(8, trigger("fail"), MAX_ATTEMPTS, reason="attempts_exhausted"),
    "is of a type that nobody knows": Fate(
        5, trigger(job_type="unheard-of"), UNSUPPORTED_ATTEMPTS, "unheard-of", "unsupported", handled=False
    ),
    "lacks what its trigger asks for": Fate(
        6, '{"trigger": "api_call", "data": {"no": "user"}}', 0, "api_call", "wrong_schema"
    ),
    "is cut off": Fate(6, CUT_OFF, 0, "-", "malformed_json", handled=False),
    "is the default job": Fate(25, '{"trigger": "test", "triggerBackgroundJob": true}', 1, "main-job-processing"),
}
"""Beside those that complete at their first attempt."""
GOOD = Fate(TRIGGERS - sum(one.share for one in FATES.values()), trigger(), 1)


def crowd() -> Iterator[tuple[str, Fate]]:
    """All triggers, their kinds mixed as evenly as possible."""
    kinds = {"completes": GOOD, **FATES}
    places = [((place + 0.5) / fate.share, name) for name, fate in kinds.items() for place in range(fate.share)]
    return ((name, kinds[name]) for _, name in sorted(places))


def attempts() -> dict[str, Counter[str]]:
    """The numbers of attempts of handlers, by service and outcome."""
    counted = {"main-job": Counter[str](), "background-job": Counter[str]()}
    for _, fate in crowd():
        if fate.attempts:
            counted["main-job"]["done"] += 1
        if fate.handled:
            service = "background-job" if fate.attempts else "main-job"
            counted[service]["done" if fate.completes else "reject"] += 1
            counted[service]["retry"] += max(0, fate.attempts - 1)
    return {service: +counts for service, counts in counted.items()}


def receives() -> dict[str, int]:
    """The numbers of messages that each service receives, those of later attempts included."""
    kinds = [GOOD, *FATES.values()]
    return {"main-job": TRIGGERS, "background-job": sum(one.share * one.attempts for one in kinds)}
