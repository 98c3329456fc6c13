"""The settler: one thread owns every lease and outcome, a few callers make its calls to the queues.

    inbox -> LeaseBook -> batches of ten -> calls in flight -> inbox

No two calls in flight concern the same delivery. Each step has callers of its own, `SETTLE_CALLS` at most, and the sending of next jobs has
them for each queue: a queue that hangs holds up what is sent to it, and nothing else; renewals never wait for other steps. A call without an answer
is given up well inside of a lease, whatever its socket is doing (a name that is looked up, an address that does not answer, a peer that sends a byte
now and then). A call that failed is tried again in place, with backoff, while the lease is renewed: a handler never runs again because a settle call
failed. Nothing is deleted before what must come first is confirmed: the next job's send, or the dead letter's. A next job's record is written
before its send. The event of an end comes last before the delete; what the bus does not take is no longer the settler's (`end_events`).
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from queue import Empty
from threading import Event, Thread
from typing import TYPE_CHECKING, cast

from jobqueue.consumer import job_events
from jobqueue.consumer.batches import Batches
from jobqueue.consumer.leases import Lease, LeaseBook, State
from jobqueue.consumer.ports import Failure, QueueError
from jobqueue.consumer.rate_limited_log import RateLimitedLog
from jobqueue.consumer.settle_calls import (
    NO_RECORDS,
    Call,
    Entry,
    Lane,
    RecordWrites,
    Step,
    end_of,
    entry_after_record,
    first_entry,
)
from jobqueue.consumer.workers import Workers
from jobqueue.mailbox import Mailbox
from jobqueue.messages.outcome import Done, Leave, Outcome

if TYPE_CHECKING:
    from jobqueue.consumer.policy import ConsumerPolicy
    from jobqueue.consumer.ports import Observer, Queue, Sender
    from jobqueue.consumer.routes import Senders
    from jobqueue.consumer.slots import Slots
    from jobqueue.messages.delivery import Delivery

logger = logging.getLogger(__name__)

GATHER_SECONDS = 0.003
"""How long events gather in the inbox before they are handled together: a wake-up for each would cost more. Far below the lingers of a batch."""

MAX_RETURN_TRIES = 3
"""Failed tries of sending a copy, before the delivery is hidden instead: that costs it a receive, and a drain has little time."""

IDLE_SECONDS = 1.0
"""The loop's longest sleep, so that it beats."""


class Settler:
    """Owns the lease book. `taken`, `finished`, `abandon` and `drain` may be called from any thread and never block."""

    def __init__(
        self,
        *,
        queue: Queue,
        senders: Senders,
        dead_letters: Sender,
        again: Sender,
        policy: ConsumerPolicy,
        slots: Slots,
        observer: Observer,
        lease_lost: Callable[[Delivery], None],
        refused: Callable[[Delivery, Outcome | None, Step, Failure], Outcome],
        records: RecordWrites = NO_RECORDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`lease_lost` is called for every lease that ends unsettled; `refused` gives another outcome for what a queue refuses for good; `records`
        writes of a next job before it is sent, of an end before the message is deleted or shown again, and tells of it then."""
        self._now = now
        self._call_seconds = policy.settle_call_seconds
        self._leases = LeaseBook(policy.lease_seconds, self._call_seconds)
        self._batches = Batches(
            senders.by_queue,
            send_linger=policy.send_linger_seconds,
            settle_linger=policy.settle_linger_seconds,
            events=records.tell is not None,
        )
        self._max_calls = policy.settle_calls
        self._max_held = policy.max_unsettled
        self._slots = slots
        self._observer = observer
        self._lease_lost = lease_lost
        self._refused = refused
        self._records = records
        self._limited_log = RateLimitedLog(logger)
        self._inbox: Mailbox[Callable[[], None]] = Mailbox()
        self._open: dict[Call, None] = {}  # calls that wait for their answer, oldest first
        self._calling: Counter[Lane] = Counter()  # callers in use; one whose call was given up is until it returns
        self._look_at = 0.0
        self._drain_until: float | None = None
        self._left = 0
        self._ended = Event()
        make = partial(self._make, queue=queue, senders=senders, dead_letters=dead_letters, again=again)
        self._callers: dict[Lane, Workers[Call]] = {
            lane: Workers(f"settle-{lane.step.value}", policy.settle_calls, make, self._on_worker_error)
            for lane in self._batches.lanes
        }
        self._places = dict.fromkeys(self._batches.lanes, queue.name) | {
            Lane(Step.DEAD_LETTER): dead_letters.name,
            **dict.fromkeys((Lane(Step.QUEUED), Lane(Step.RECORD)), "the table of job records"),
            Lane(Step.EVENT): "the event bus",
            **{Lane(Step.SEND, to): sender.name for to, sender in senders.by_queue.items()},
        }
        self.beat_at = now()

    def start(self) -> None:
        """Starts the loop's thread."""
        Thread(target=self._run, name="settler", daemon=True).start()

    def taken(self, deliveries: Sequence[Delivery]) -> None:
        """Deliveries are ours from their receive on: call it before any work on them begins."""
        self._inbox.put(lambda: self._take(deliveries))

    def finished(self, delivery: Delivery, outcome: Outcome) -> None:
        """The outcome of a delivery that was taken."""
        self._inbox.put(lambda: self._finish(delivery, outcome))

    def lease_ends(self, delivery: Delivery) -> float | None:
        """When the lease surely ends, in monotonic seconds; None where it is not held, or not yet. Any thread."""
        return self._leases.ends(delivery)

    def abandon(self, delivery: Delivery, outcome: Outcome) -> None:
        """Its handler hangs: no longer renewed, so that another worker gets it. `outcome` is settled just before the lease ends, unless the handler
        ends earlier: a job that hangs must not look like one that killed its worker."""
        self._inbox.put(lambda: self._abandon(delivery, outcome))

    def drain(self, seconds: float) -> int:
        """Settles what has an outcome, for at most `seconds`, then ends the loop. Says how many deliveries are left to lapse. Blocks."""
        until = self._now() + seconds
        self._inbox.put(lambda: self._begin_drain(until))
        self._ended.wait(seconds + IDLE_SECONDS)
        for callers in self._callers.values():
            callers.close()
        return len(self._leases) + self._left

    def _run(self) -> None:
        while not self._drained():
            self.beat_at = now = self._now()
            try:
                self._turn(self._sleep_seconds(now))
                for callers in self._callers.values():
                    callers.start_missing()
            except Exception:
                logger.exception("unexpected error in the settler; it goes on")
        self._ended.set()

    def _turn(self, wait_seconds: float) -> None:
        self._take_in(wait_seconds)
        self._give_up_hung()
        self._look()
        self._dispatch()

    def _sleep_seconds(self, now: float) -> float:
        """Until the next thing to do; for a lane whose callers are all busy only an answer brings one."""
        next_at = min(self._look_at, self._batches.next_at(now, self._busy()))
        if self._open:
            next_at = min(next_at, next(iter(self._open)).began + self._call_seconds)
        return max(0.0, min(IDLE_SECONDS, next_at - now))

    def _busy(self) -> Sequence[Lane]:
        """Lanes that have no caller left."""
        return [lane for lane, calls in self._calling.items() if calls >= self._max_calls]

    def _take_in(self, wait_seconds: float) -> None:
        try:
            self._inbox.get(timeout=wait_seconds)()
            if self._drain_until is None:
                time.sleep(GATHER_SECONDS)
            while True:
                self._inbox.get_nowait()()
        except Empty:
            pass

    def _take(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self._leases.take(delivery)

    def _finish(self, delivery: Delivery, outcome: Outcome) -> None:
        lease = self._leases.without_outcome(delivery)
        if lease is None:
            return  # lost before, and counted then; or it ended in the moment in which it was left
        if isinstance(outcome, Leave) and outcome.copy is None:
            self._leave(lease)
            return
        self._leases.end(lease, outcome)
        self._batches.add(self._recorded_first(first_entry(lease, outcome)), self._now())

    def _abandon(self, delivery: Delivery, outcome: Outcome) -> None:
        lease = self._leases.without_outcome(delivery)
        if lease is not None:
            self._leases.hang(lease, outcome)

    def _begin_drain(self, until: float) -> None:
        self._drain_until = until
        self._batches.hurry()

    def _drained(self) -> bool:
        if self._drain_until is None:
            return False
        if self._now() >= self._drain_until:
            return True
        return not self._open and all(lease.outcome is None for lease in self._leases)

    def _look(self) -> None:
        """Every tenth of a lease: renew what is past its half, give up what ran out."""
        now = self._now()
        if now < self._look_at:
            return
        self._look_at = now + self._leases.look_again_seconds()
        for lease in self._leases.lapsed(now):
            self._lost(lease, "the lease ran out")
        for lease, outcome in self._leases.hung(now):
            self._finish(lease.delivery, outcome)
        self._batches.renew(self._leases.due(now), now)
        if len(self._leases) >= self._max_held:
            self._log_full()

    def _log_full(self) -> None:
        """Warns that nothing is received, and says what is not settled; only where calls failed."""
        troubles = Counter(lease.trouble for lease in self._leases if lease.trouble)
        if troubles:
            waiting = "; ".join(f"{count} wait for {trouble}" for trouble, count in troubles.most_common(3))
            self._limited_log.warning(
                "full",
                f"full: {len(self._leases)} deliveries are held, as many as MAX_UNSETTLED allows, and nothing more is received. {waiting}",
            )

    def _dispatch(self) -> None:
        now = self._now()
        while (call := self._batches.next_call(now, self._leases.start, self._busy())) is not None:
            self._open[call] = None
            self._calling[call.lane] += 1
            self._callers[call.lane].submit(call)

    def _give_up_hung(self) -> None:
        """A call is given up well inside of a lease; its thread is left to its socket."""
        now = self._now()
        while self._open and (call := next(iter(self._open))).began + self._call_seconds <= now:
            call.given_up = True
            text = f"{self._places[call.lane]}: no answer within {self._call_seconds:g} s. Check the network and the endpoint"
            call.error = QueueError(text, code="TimedOut")
            self._read(call, now)

    def _make(self, call: Call, queue: Queue, senders: Senders, dead_letters: Sender, again: Sender) -> None:
        """In a caller's thread."""
        call.run(queue, senders, dead_letters, again, self._records)
        self._inbox.put(lambda: self._answered(call))

    def _on_worker_error(self, call: Call, error: BaseException) -> None:
        """In a caller's thread: a defect in an adapter. The call counts as failed."""
        logger.error("unexpected error in a %s call; it is tried again", call.step.value, exc_info=error)
        call.error = QueueError(str(error), code=type(error).__name__, divisible=True)
        self._inbox.put(lambda: self._answered(call))

    def _answered(self, call: Call) -> None:
        self._calling[call.lane] -= 1
        if not call.given_up:
            self._read(call, self._now())

    def _read(self, call: Call, now: float) -> None:
        """Handles the answer of a call."""
        del self._open[call]
        settled: list[Lease] = []
        failures: list[Failure] = []
        for entry, failure in call.answers():
            lease = entry.lease
            if lease.state is State.GONE:
                continue  # left while the call was under way: its slot was given back then
            waited = lease.answered()
            if failure is not None and failure.gone and entry.step is Step.RENEW and lease.delete_unanswered:
                self._leases.drop(lease)  # nothing is there to be renewed: the delete without an answer took effect
                settled.append(lease)
            elif failure is not None:
                failures.append(failure)
                self._failed(call, entry, failure, now)
            elif self._confirmed(call, entry, now):
                settled.append(lease)
            if waited is not None:
                self._batches.add(waited, now)
        if settled:
            self._slots.settled(len(settled))
        for lease in settled:
            if lease.outcome is not None and not isinstance(lease.outcome, Leave):
                self._observer.settled(lease.delivery, lease.outcome, now - lease.delivery.received_at)
                job_events.settled(lease.outcome)
        if failures:
            self._observer.settle_failed(call.step.value, failures[0].code, len(failures))

    def _confirmed(self, call: Call, entry: Entry, now: float) -> bool:
        """Whether that was the last step."""
        lease = entry.lease
        if entry.step is Step.RENEW:
            self._leases.renewed(lease, call.began, entry.seconds)
            return False
        following = self._following(entry, needed=entry not in call.unneeded)
        if following is not None:
            lease.tries, lease.trouble = 0, ""
            self._batches.add(following, now)
            return False
        self._left += isinstance(lease.outcome, Leave)
        self._leases.drop(lease)
        return True

    def _following(self, entry: Entry, *, needed: bool) -> Entry | None:
        """The step after one that was confirmed; None: it was the last. Not `needed`: without what it was for."""
        if entry.step in (Step.DELETE, Step.CHANGE_VISIBILITY):
            return None
        lease = entry.lease
        delete = Entry(lease, Step.DELETE)
        if entry.step in (Step.RETURN, Step.EVENT):
            return delete
        if entry.step in (Step.SEND, Step.DEAD_LETTER):
            return self._recorded_first(delete)
        if entry.step is Step.QUEUED:
            to = cast("Done", lease.outcome).to
            return replace(entry, step=Step.SEND, to=to) if needed else self._recorded_first(delete)
        after = entry_after_record(lease, cast("Outcome", lease.outcome))
        return self._told_first(after) if needed else after

    def _failed(self, call: Call, entry: Entry, failure: Failure, now: float) -> None:
        lease = entry.lease
        if failure.unknown and entry.step in (Step.CHANGE_VISIBILITY, Step.RENEW):
            self._leases.hidden_perhaps(lease, call.began, call.seconds(entry))
        lease.delete_unanswered |= failure.unknown and entry.step is Step.DELETE
        if failure.gone and entry.message is None:
            self._lost(lease, failure.code)
            return
        history = lease.delivery.history
        # Hidden in place of its copy, what is on trial would look as if it had killed its worker.
        on_trial = history is not None and history.trial > 0
        if failure.gone or (entry.step is Step.RETURN and lease.tries >= MAX_RETURN_TRIES and not on_trial):
            self._refuse(entry, failure, now)
            return
        text = f"{entry.step.value} of message {lease.delivery.message_id} failed: {failure.code}: {failure.message}"
        self._limited_log.warning(
            f"{entry.step.value} {failure.code}", f"{text}. It is tried again; the lease is kept."
        )
        if entry.step is not Step.RENEW:  # a renewal comes again by itself, at the next look
            lease.tries += 1
            lease.trouble = f"{entry.step.value} at {self._places[entry.lane]} ({failure.code})"
            if call.error is not None and call.error.divisible:  # one entry may be at fault for all of them
                entry = replace(entry, max_entries=max(1, len(call.entries) // 2))
            if failure.unknown and entry.step is Step.SEND:  # the job may have begun meanwhile, and ended
                entry = self._recorded_first(entry)
            self._batches.add_later(entry, now, lease.tries)

    def _refuse(self, entry: Entry, failure: Failure, now: float) -> None:
        """What was to be sent is refused for good: another outcome."""
        lease = entry.lease
        lease.tries = 0
        lease.outcome = self._refused(lease.delivery, lease.outcome, entry.step, failure)
        if isinstance(lease.outcome, Leave):
            self._leave(lease)
        else:
            self._batches.add(self._recorded_first(first_entry(lease, lease.outcome)), now)

    def _recorded_first(self, entry: Entry) -> Entry:
        """Where there are records: their write, in place of what sends a next job, deletes a message or shows it again. What is sent on comes before
        the end's."""
        outcome = entry.lease.outcome
        if entry.step is Step.SEND and isinstance(outcome, Done) and outcome.queued is not None:
            return replace(entry, step=Step.QUEUED, to="")
        if entry.step in (Step.SEND, Step.DEAD_LETTER):
            return entry
        return self._told_first(entry) if self._records.end is None else Entry(entry.lease, Step.RECORD)

    def _told_first(self, entry: Entry) -> Entry:
        """Where ends of jobs are told: that, in place of the delete of a job that is over."""
        if self._records.tell is None or entry.step is not Step.DELETE or end_of(entry.lease.outcome) is None:
            return entry
        return Entry(entry.lease, Step.EVENT)

    def _leave(self, lease: Lease) -> None:
        self._left += 1
        self._let_go(lease)

    def _lost(self, lease: Lease, why: str) -> None:
        delivery = lease.delivery
        self._let_go(lease)
        self._observer.lease_lost(delivery)
        self._lease_lost(delivery)
        self._limited_log.warning(
            "lost",
            f"lease of message {delivery.message_id} lost ({why}): it is not deleted, and will be received again",
        )

    def _let_go(self, lease: Lease) -> None:
        self._leases.drop(lease)
        self._slots.settled()
