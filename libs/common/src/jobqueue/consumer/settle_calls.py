"""The calls that settle deliveries; made by the settler's thread, run by one of its callers, read again by the settler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, cast

from jobqueue.consumer.ports import Failure, Queue, QueueError, QueueRefused, RequestRefused, Sender
from jobqueue.messages.errors import RejectJob
from jobqueue.messages.limits import MAX_PER_CALL
from jobqueue.messages.outcome import Cancelled, Done, Duplicate, Leave, Outcome, QueuedJob, Reject
from jobqueue.messages.outgoing import OutgoingMessage

if TYPE_CHECKING:
    from jobqueue.consumer.end_events import Tell
    from jobqueue.consumer.leases import Lease
    from jobqueue.consumer.queued_records import Announce
    from jobqueue.consumer.routes import Senders
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.job_end import JobEnd

Record = Callable[[Sequence[tuple["Delivery", Outcome]]], Sequence[bool | QueueError]]
"""As `RecordKeeper.end`. False: the record says otherwise of the job, so that no event tells of this end."""


class RecordWrites(NamedTuple):
    """What is said of jobs while deliveries are settled; None: nothing. `announce` comes before the next job's send, `tell` after the end's record
    and before the delete."""

    announce: Announce | None = None
    end: Record | None = None
    tell: Tell | None = None


NO_RECORDS = RecordWrites()


class Step(Enum):
    """Kinds of calls that settle a delivery or keep its lease."""

    QUEUED = "queued"
    SEND = "send"
    RECORD = "record"
    EVENT = "event"
    RETURN = "return"
    DEAD_LETTER = "dead_letter"
    DELETE = "delete"
    CHANGE_VISIBILITY = "change_visibility"
    RENEW = "renew"


class Lane(NamedTuple):
    """Calls that share callers and go out together: those of one step, and next jobs by the queue that they are sent `to`."""

    step: Step
    to: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One delivery's part of a call: the message to send, to which queue where it is a next job, or the seconds to hide. At most `max_entries`
    entries go with it in one call."""

    lease: Lease
    step: Step
    message: OutgoingMessage | None = None
    to: str = ""
    seconds: int = 0
    max_entries: int = MAX_PER_CALL

    @property
    def lane(self) -> Lane:
        """Where it waits."""
        return Lane(self.step, self.to)


def first_entry(lease: Lease, outcome: Outcome) -> Entry:
    """The first step of an outcome; what is sent comes before what is deleted."""
    if isinstance(outcome, Done):
        if outcome.then is None:
            return Entry(lease, Step.DELETE)
        return Entry(lease, Step.SEND, message=outcome.then, to=outcome.to)
    if isinstance(outcome, Reject):
        return Entry(lease, Step.DEAD_LETTER, message=outcome.letter)
    if isinstance(outcome, Cancelled | Duplicate):
        return Entry(lease, Step.DELETE)
    if outcome.copy is not None:
        return Entry(lease, Step.RETURN, message=outcome.copy)
    return Entry(lease, Step.CHANGE_VISIBILITY, seconds=0 if isinstance(outcome, Leave) else outcome.after_seconds)


def end_of(outcome: Outcome | None) -> JobEnd | None:
    """What an event says of it; None: there is none."""
    return outcome.end if isinstance(outcome, Done | Reject | Cancelled) else None


def entry_after_record(lease: Lease, outcome: Outcome) -> Entry:
    """The step that follows once the end of the attempt is recorded; of what was sent on, the delete."""
    return (
        Entry(lease, Step.DELETE)
        if isinstance(outcome, Done | Reject | Cancelled | Duplicate)
        else first_entry(lease, outcome)
    )


@dataclass(slots=True, eq=False)
class Call:
    """Up to ten entries of one lane. After `run`, `failures` or `error` say what did not take effect.

    `unneeded` are entries whose following step is left out: the next job has begun, and is not sent again; or the end is not what the record says.

    `began` is monotonic seconds, never after the call's own start. `given_up`: the settler no longer waits for it. One that no thread has begun by
    then is not made; a later answer is ignored.
    """

    lane: Lane
    entries: Sequence[Entry]
    began: float
    failures: Sequence[Failure] = ()
    error: QueueError | None = None
    given_up: bool = False
    unneeded: list[Entry] = field(default_factory=list)

    @property
    def step(self) -> Step:
        """Of all its entries."""
        return self.lane.step

    def run(self, queue: Queue, senders: Senders, dead_letters: Sender, again: Sender, records: RecordWrites) -> None:
        """Blocks for the call. Raises nothing that a port names.

        Nothing is hidden for longer than SQS allows: it would refuse, and the message come again much too early.
        """
        if self.given_up:
            return
        try:
            if self.step is Step.RECORD:
                self.failures = self._recorded(cast("Record", records.end))
            elif self.step is Step.QUEUED:
                self.failures = self._queued(cast("Announce", records.announce))
            elif self.step is Step.EVENT:
                cast("Tell", records.tell)([cast("JobEnd", end_of(entry.lease.outcome)) for entry in self.entries])
            elif self.step is Step.DELETE:
                self.failures = queue.delete([entry.lease.delivery for entry in self.entries])
            elif self.step in (Step.CHANGE_VISIBILITY, Step.RENEW):
                self.failures = queue.change_visibility(
                    [(entry.lease.delivery, self.seconds(entry)) for entry in self.entries]
                )
            else:
                own = {Step.DEAD_LETTER: dead_letters, Step.RETURN: again}
                sender = own.get(self.step) or senders.by_queue[self.lane.to]
                self.failures = sender.send([cast("OutgoingMessage", entry.message) for entry in self.entries])
        except QueueError as error:
            self.error = error

    def _recorded(self, end: Record) -> Sequence[Failure]:
        """All at once."""
        failures: list[Failure] = []
        ended = [(entry.lease.delivery, cast("Outcome", entry.lease.outcome)) for entry in self.entries]
        for index, said in enumerate(end(ended)):
            if isinstance(said, QueueError):
                failures.append(Failure(index, said.code, str(said)))
            elif not said:
                self.unneeded.append(self.entries[index])
        return failures

    def _queued(self, announce: Announce) -> Sequence[Failure]:
        """One write each. One that fails ends the call: the next would, too."""
        refused: list[Failure] = []
        for index, entry in enumerate(self.entries):
            if self.given_up:
                break
            try:
                if not announce(cast("QueuedJob", cast("Done", entry.lease.outcome).queued)):
                    self.unneeded.append(entry)
            except RejectJob as error:
                refused.append(Failure(index, error.reason, error.detail, gone=True))
            except QueueError as error:
                return [*refused, *(Failure(left, error.code, str(error)) for left in range(index, len(self.entries)))]
        return refused

    def seconds(self, entry: Entry) -> int:
        """How long to hide it, from now."""
        return max(0, min(entry.seconds, int(entry.lease.latest - self.began)))

    def answers(self) -> Sequence[tuple[Entry, Failure | None]]:
        """Each entry with its failure, or None where the queue confirmed it."""
        error = self.error
        if error is not None:
            # A copy that we may not send is given up at once: the message can be hidden instead.
            gone = (isinstance(error, RequestRefused) and len(self.entries) == 1) or (
                isinstance(error, QueueRefused) and self.step is Step.RETURN
            )
            return [
                (entry, Failure(index, error.code, str(error), gone, error.unknown))
                for index, entry in enumerate(self.entries)
            ]
        failed = {failure.index: failure for failure in self.failures}
        return [(entry, failed.get(index)) for index, entry in enumerate(self.entries)]
