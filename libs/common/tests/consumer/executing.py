"""An executor alone: what it decides is recorded in place of being settled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jobqueue import Context, JobCatalogue
from jobqueue.consumer.catalogue import Catalogue
from jobqueue.consumer.executor import Executor
from jobqueue.consumer.handler_policies import HandlerPolicies
from jobqueue.consumer.ports import JobLogs
from jobqueue.consumer.resources import Resources
from jobqueue.consumer.returns import Returns
from jobqueue.consumer.routes import Routes, Senders
from jobqueue.consumer.slots import Slots
from jobqueue.consumer.verdicts import Verdicts
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.outcome import Outcome, Reject
from jobqueue.testing import InMemoryQueue, InMemorySender, RecordingJobLogs, RecordingObserver
from jobqueue.testing.recording import Recording

from .workbench import WAIT_SECONDS, a_delivery, a_job, quick

SLOTS = 20


class Executing:
    """An executor with its doubles. `outcomes` holds every call of `settle`."""

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        max_bytes: int = 262_144,
        concurrency: int = 10,
        job_logs: JobLogs | None = None,
        sends: bool = True,
    ) -> None:
        self.observer = RecordingObserver()
        self.logs = RecordingJobLogs()
        self.slots = Slots(running=SLOTS, held=SLOTS)
        self.outcomes: Recording[tuple[Delivery, Outcome]] = Recording()
        policy = quick(max_concurrency=concurrency)
        dead_letters = InMemorySender(InMemoryQueue("dead-letters"), max_bytes=max_bytes)
        next_jobs = InMemorySender(InMemoryQueue("next-jobs"), max_bytes=max_bytes)
        returns = Returns(InMemorySender(InMemoryQueue()))
        self.verdicts = Verdicts(policy, dead_letters, returns, service="main-job", version="1.2.3")
        self.executor = Executor(
            catalogue=catalogue,
            policies=HandlerPolicies(policy, catalogue.table),
            slots=self.slots,
            observer=self.observer,
            job_logs=job_logs or self.logs,
            senders=Senders({"next-jobs": next_jobs} if sends else {}, Routes(default="next-jobs")),
            verdicts=self.verdicts,
            returns=returns,
            settle=self._settle,
            service="main-job",
            version="1.2.3",
            task="t-1",
            settings=None,
            resources=Resources(),
        )

    def _settle(self, delivery: Delivery, outcome: Outcome) -> None:
        self.slots.settled()
        self.outcomes.add((delivery, outcome))

    def submit(self, delivery: Delivery) -> None:
        assert self.slots.reserve(1, wait_seconds=0, linger_seconds=0) == 1
        self.executor.submit(delivery)

    def outcome_of(self, delivery: Delivery | None = None) -> Outcome:
        """Runs one delivery to its end, and sees that its slot was given back exactly once."""
        before = len(self.outcomes.all())
        self.submit(delivery or a_delivery(a_job()))
        entries = self.outcomes.wait_for(lambda seen: len(seen) > before)
        self.await_free_slots()
        return entries[-1][1]

    def await_free_slots(self) -> None:
        """A worker gives its slot back in the moment after it told the outcome."""
        assert self.slots.reserve(SLOTS, wait_seconds=WAIT_SECONDS, linger_seconds=WAIT_SECONDS) == SLOTS
        self.slots.give_back(SLOTS)
        assert (self.slots.running, self.slots.held) == (0, 0)


def doing(handler: Callable[..., Any], **changes: Any) -> Executing:
    """A background worker that knows one type, `work`."""
    return Executing(JobCatalogue({"work": handler}), **changes)


def failing(error: BaseException) -> Callable[[dict[str, Any], Context], None]:
    def handler(data: dict[str, Any], context: Context) -> None:
        raise error

    return handler


def fine(data: dict[str, Any], context: Context) -> None:
    """Returns."""


def letter_of(outcome: Outcome) -> Mapping[str, Attribute]:
    """The attributes of a reject's dead letter."""
    assert isinstance(outcome, Reject)
    return outcome.letter.attributes


def value(attributes: Mapping[str, Attribute], name: str) -> str:
    return str(attributes[name].value)
