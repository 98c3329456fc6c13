"""An observer that records its calls as facts and logs nothing.

Methods may be called from any thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from jobqueue.testing.clock import GIVE_UP_SECONDS
from jobqueue.testing.recording import Recording

if TYPE_CHECKING:
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.job import Job
    from jobqueue.messages.outcome import Outcome

Word = Literal[
    "attempt",
    "entered",
    "ended",
    "left",
    "undecodable",
    "settled",
    "lease_lost",
    "settle_failed",
    "events_sent",
    "events_lost",
    "poll_failed",
    "stuck",
    "drained",
]

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Fact:
    """One call of an `Observer` or of its `Attempt`, `what` naming the method; the fields that the method does not have stay as they are.

    `left` is the attempt's `__exit__`. `code` is an error's code, `operation` a settle call, `count` its entries or what a drain left.
    """

    what: Word
    delivery: Delivery | None = None
    job: Job | None = None
    outcome: Outcome | None = None
    error: BaseException | None = None
    seconds: float = 0.0
    operation: str = ""
    code: str = ""
    count: int = 0
    known_type: bool = True


class RecordingObserver:
    """Implements `Observer`. `facts` holds its calls; `slots_in_use` and `slots_stuck` read the gauges given to `watch`."""

    def __init__(self) -> None:
        self.facts: Recording[Fact] = Recording()
        self._numbers = count(1)
        self.slots_in_use: Callable[[], int] = lambda: 0
        self.slots_stuck: Callable[[], int] = lambda: 0

    def named(self, what: Word) -> list[Fact]:
        """The facts of one kind so far, in order."""
        return [fact for fact in self.facts.all() if fact.what == what]

    def wait_for(self, predicate: Callable[[Sequence[Fact]], bool], timeout: float = GIVE_UP_SECONDS) -> list[Fact]:
        """Blocks until `predicate` of all facts holds. Raises TimeoutError, with the facts, when it does not."""
        return self.facts.wait_for(predicate, timeout)

    def wait_for_count(self, what: Word, times: int = 1, timeout: float = GIVE_UP_SECONDS) -> list[Fact]:
        """Blocks until `what` was recorded `times` times, and gives these facts. Raises like `wait_for`."""
        facts = self.wait_for(lambda facts: sum(fact.what == what for fact in facts) >= times, timeout)
        return [fact for fact in facts if fact.what == what]

    def attempt(self, delivery: Delivery, job: Job, *, known_type: bool) -> RecordingAttempt:
        """See the port. The attempt continues the trace of the delivery's `traceparent`, or begins one."""
        self.facts.add(Fact("attempt", delivery, job, known_type=known_type))
        number = next(self._numbers)
        parent = _TRACEPARENT.fullmatch(delivery.text("traceparent") or "")
        return RecordingAttempt(self.facts, delivery, job, parent[1] if parent else f"{number:032x}", f"{number:016x}")

    def undecodable(self, delivery: Delivery, error: BaseException, outcome: Outcome) -> None:
        """See the port."""
        self.facts.add(Fact("undecodable", delivery, outcome=outcome, error=error))

    def settled(self, delivery: Delivery, outcome: Outcome, seconds: float) -> None:
        """See the port."""
        self.facts.add(Fact("settled", delivery, outcome=outcome, seconds=seconds))

    def lease_lost(self, delivery: Delivery) -> None:
        """See the port."""
        self.facts.add(Fact("lease_lost", delivery))

    def settle_failed(self, operation: str, code: str, count: int) -> None:
        """See the port."""
        self.facts.add(Fact("settle_failed", operation=operation, code=code, count=count))

    def events_sent(self, count: int) -> None:
        """See the port."""
        self.facts.add(Fact("events_sent", count=count))

    def events_lost(self, count: int) -> None:
        """See the port."""
        self.facts.add(Fact("events_lost", count=count))

    def poll_failed(self, code: str) -> None:
        """See the port."""
        self.facts.add(Fact("poll_failed", code=code))

    def stuck(self, delivery: Delivery, job: Job, seconds: float) -> None:
        """See the port."""
        self.facts.add(Fact("stuck", delivery, job, seconds=seconds))

    def drained(self, seconds: float, left: int) -> None:
        """See the port."""
        self.facts.add(Fact("drained", seconds=seconds, count=left))

    def watch(self, *, slots_in_use: Callable[[], int], slots_stuck: Callable[[], int]) -> None:
        """See the port."""
        self.slots_in_use, self.slots_stuck = slots_in_use, slots_stuck


class RecordingAttempt:
    """Implements `Attempt`: one run of one job. Made by `RecordingObserver.attempt`."""

    def __init__(self, facts: Recording[Fact], delivery: Delivery, job: Job, trace_id: str, span_id: str) -> None:
        self.trace_id = trace_id
        self.span_id = span_id
        self._facts = facts
        self._delivery = delivery
        self._job = job

    def __enter__(self) -> Self:
        """See the port."""
        self._facts.add(Fact("entered", self._delivery, self._job))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """See the port."""
        self._facts.add(Fact("left", self._delivery, self._job, error=error))

    def headers_for(self, destination: str, job: Job) -> Mapping[str, str]:
        """See the port."""
        return {"traceparent": f"00-{self.trace_id}-{self.span_id}-01"}

    def ended(self, outcome: Outcome, error: BaseException | None, seconds: float) -> None:
        """See the port."""
        self._facts.add(Fact("ended", self._delivery, self._job, outcome, error, seconds))
