"""The book of leases: which deliveries are ours, until when, and which calls about them may start. Pure: no thread, no clock, no call.

Owned by the settler's thread alone. That one book decides renewals and outcomes is why a late renewal can never overwrite a retry's delay.

The states of a lease, and the events that lead from one to another:

       take
        |
        v          RENEW
     RUNNING   <------------->  RUNNING_RENEWING
      |    |       ANSWER          |        |
      |    | HANG                  | HANG   |
      |    v       ANSWER          v        |
      |  HANGING  <-----------  HANGING_RENEWING
      |    |                       |        |
      | END| END                END|     END|
      v    v       RENEW           v        v
      ENDED    <------------->  ENDED_RENEWING
      |   ^        ANSWER
SETTLE|   | ANSWER
      v   |
     SETTLING                   every state -- DROP --> GONE

In the right column, and in SETTLING, a call about the delivery is in flight, so that no other may start. A handler that HANGs is not renewed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from jobqueue.consumer.settle_calls import Entry, Step
from jobqueue.messages.limits import MAX_VISIBILITY_SECONDS

if TYPE_CHECKING:
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.outcome import Outcome

MAX_HIDDEN_SECONDS = MAX_VISIBILITY_SECONDS - 5
"""SQS counts from before its answer reached us, and refuses what lies beyond its limit: we stay 5 s below."""


class State(IntEnum):
    """What a lease waits for. Integers, because their hashes cost least."""

    RUNNING = 1
    """Its handler runs, or waits to run."""
    RUNNING_RENEWING = 2
    HANGING = 3
    """Its handler is past its timeout and has not ended."""
    HANGING_RENEWING = 4
    ENDED = 5
    """Its outcome is known; the next call waits in its batch, or for another try."""
    ENDED_RENEWING = 6
    SETTLING = 7
    """Its outcome is known, and a call of it is in flight."""
    GONE = 8
    """Settled, lost or left: no longer ours."""


class Event(IntEnum):
    """What changes the state of a lease."""

    RENEW = 1
    """The call that renews it starts."""
    SETTLE = 2
    """A call of its outcome starts."""
    ANSWER = 3
    """The call in flight has its answer, or is given up."""
    HANG = 4
    END = 5
    """Its outcome is known."""
    DROP = 6


TRANSITIONS: Mapping[State, Mapping[Event, State]] = {
    State.RUNNING: {
        Event.RENEW: State.RUNNING_RENEWING,
        Event.HANG: State.HANGING,
        Event.END: State.ENDED,
        Event.DROP: State.GONE,
    },
    State.RUNNING_RENEWING: {
        Event.ANSWER: State.RUNNING,
        Event.HANG: State.HANGING_RENEWING,
        Event.END: State.ENDED_RENEWING,
        Event.DROP: State.GONE,
    },
    State.HANGING: {Event.END: State.ENDED, Event.DROP: State.GONE},
    State.HANGING_RENEWING: {Event.ANSWER: State.HANGING, Event.END: State.ENDED_RENEWING, Event.DROP: State.GONE},
    State.ENDED: {Event.RENEW: State.ENDED_RENEWING, Event.SETTLE: State.SETTLING, Event.DROP: State.GONE},
    State.ENDED_RENEWING: {Event.ANSWER: State.ENDED, Event.DROP: State.GONE},
    State.SETTLING: {Event.ANSWER: State.ENDED, Event.DROP: State.GONE},
    State.GONE: {},
}

_WITHOUT_OUTCOME = frozenset({State.RUNNING, State.RUNNING_RENEWING, State.HANGING, State.HANGING_RENEWING})
_RENEWING = frozenset({State.RUNNING_RENEWING, State.HANGING_RENEWING, State.ENDED_RENEWING})
_IN_FLIGHT = _RENEWING | {State.SETTLING}
_HANGING = frozenset({State.HANGING, State.HANGING_RENEWING})
_NOT_DUE = _RENEWING | _HANGING


@dataclass(slots=True, eq=False)
class Lease:
    """Our right to one delivery.

    `ends` is when it surely ends, `latest` how far it can be renewed. `outcome` is set from ENDED on; `hung_outcome` is what becomes of a delivery
    whose handler hangs to the end of the lease. `waiting` is the entry whose call follows once the call in flight has its answer. `tries` counts
    failed calls since a call of the outcome succeeded, `trouble` names the last one. `delete_unanswered`: it may be deleted already.
    """

    delivery: Delivery
    ends: float
    latest: float
    state: State = State.RUNNING
    outcome: Outcome | None = None
    hung_outcome: Outcome | None = None
    waiting: Entry | None = None
    tries: int = 0
    trouble: str = ""
    delete_unanswered: bool = False

    def on(self, event: Event) -> None:
        """Goes on to the next state.

        Raises:
            KeyError: the event cannot happen in this state.
        """
        self.state = TRANSITIONS[self.state][event]

    def answered(self) -> Entry | None:
        """The call in flight is over; gives the entry that waited for that."""
        self.on(Event.ANSWER)
        entry, self.waiting = self.waiting, None
        return entry


class LeaseBook:
    """All leases that are held. Every time is monotonic seconds, given by the caller. `call_seconds`: how late a call may take effect."""

    def __init__(self, lease_seconds: int, call_seconds: float) -> None:
        self._seconds = lease_seconds
        self._call_seconds = call_seconds
        self._leases: dict[Delivery, Lease] = {}

    def __len__(self) -> int:
        return len(self._leases)

    def __iter__(self) -> Iterator[Lease]:
        return iter(list(self._leases.values()))

    def take(self, delivery: Delivery) -> Lease:
        """A delivery was received: its lease began then."""
        began = delivery.received_at
        lease = self._leases[delivery] = Lease(delivery, began + self._seconds, began + MAX_HIDDEN_SECONDS)
        return lease

    def without_outcome(self, delivery: Delivery) -> Lease | None:
        """The delivery's lease, or None where it is gone or has its outcome: the first one counts."""
        lease = self._leases.get(delivery)
        return lease if lease is not None and lease.state in _WITHOUT_OUTCOME else None

    def ends(self, delivery: Delivery) -> float | None:
        """When its lease surely ends; None where there is none."""
        lease = self._leases.get(delivery)
        return None if lease is None else lease.ends

    def hang(self, lease: Lease, outcome: Outcome) -> None:
        """Its handler hangs: not renewed until it ends. `outcome` is for the last quarter of the lease (see `hung`)."""
        if lease.state not in _HANGING:
            lease.on(Event.HANG)
        lease.hung_outcome = outcome

    def end(self, lease: Lease, outcome: Outcome) -> None:
        """The outcome is known."""
        lease.on(Event.END)
        lease.outcome = outcome

    def drop(self, lease: Lease) -> None:
        """Settled, lost or left: no longer ours."""
        lease.on(Event.DROP)
        del self._leases[lease.delivery]

    def due(self, now: float) -> list[Entry]:
        """The renewals that are due: of leases past half of their time, whose handler does not hang. Never beyond 12 hours from the receive.

        One that waits for its call is due again; one that meets a call in flight goes once that has its answer, before that is tried again.
        """
        half = self._seconds / 2
        due = []
        for lease in self._leases.values():
            if lease.ends - now > half or lease.ends <= now or lease.state in _NOT_DUE:
                continue
            seconds = int(min(self._seconds, lease.latest - now))
            if now + seconds > lease.ends:
                due.append(Entry(lease, Step.RENEW, seconds=seconds))
        return due

    def renewed(self, lease: Lease, asked_at: float, seconds: int) -> None:
        """The queue confirmed; it counted from some time after `asked_at`, so this end is early and safe."""
        lease.ends = min(asked_at + seconds, lease.latest)

    def hidden_perhaps(self, lease: Lease, asked_at: float, seconds: int) -> None:
        """That hide had no answer. It may have taken effect, and then the message is another worker's when it ends: with our old receipt a further
        hide would cut that worker's lease."""
        lease.ends = min(lease.ends, asked_at + seconds)

    def start(self, entry: Entry, now: float) -> bool:
        """Whether the call of `entry` starts now.

        Otherwise the lease keeps it until the call in flight has its answer, or it is forgotten: the lease is gone, hangs, or runs out too
        soon. What hides must take effect while the lease is surely ours.
        """
        lease, step = entry.lease, entry.step
        state = lease.state
        renews = step is Step.RENEW
        if state in _IN_FLIGHT:
            if renews is not (state in _RENEWING):
                lease.waiting = entry
            return False
        if state is State.GONE or (renews and state is State.HANGING):
            return False
        if lease.ends - now <= (self._call_seconds if renews or step is Step.CHANGE_VISIBILITY else 0.0):
            return False
        lease.on(Event.RENEW if renews else Event.SETTLE)
        return True

    def lapsed(self, now: float) -> list[Lease]:
        """Leases whose time ran out. One with a call in flight waits for its answer."""
        return [lease for lease in self._leases.values() if lease.ends <= now and lease.state not in _IN_FLIGHT]

    def hung(self, now: float) -> list[tuple[Lease, Outcome]]:
        """Leases whose handler hangs and whose last quarter has begun, each with its outcome for that."""
        quarter = self._seconds / 4
        return [
            (lease, lease.hung_outcome)
            for lease in self._leases.values()
            if lease.hung_outcome is not None and lease.state in _HANGING and lease.ends - now <= quarter
        ]

    def look_again_seconds(self) -> float:
        """How often `due` and `lapsed` must be asked: often enough that a renewal has time for several tries."""
        return self._seconds / 10
