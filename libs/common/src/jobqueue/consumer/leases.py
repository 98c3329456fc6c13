"""The book of leases: which deliveries are ours, until when, and what waits to happen to them. Pure: no thread, no clock, no call.

Owned by the settler's thread alone. That one book decides renewals and outcomes is why a late renewal can never overwrite a retry's delay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.outcome import Outcome

LONGEST_SECONDS = 43_200 - 5
"""SQS hides a message for at most 12 hours from its receive, renewals included (ChangeMessageVisibility, API reference), and refuses what lies
beyond. It counts from before its answer reached us, so we stay 5 s below."""


@dataclass(slots=True, eq=False)
class Lease:
    """Our right to one delivery.

    `in_flight`: a call about it is under way, so no other may start. `outcome` is set once it is known, `begun` once its first step waits to be
    called. `tries` counts failed calls since, `trouble` is the last one's code. `renewing`: a renewal waits or is in flight. `abandoned`: its
    handler hangs, so that it is not renewed while it has no outcome; `last_word` is its outcome, unless another comes before it ends.
    `deleted_perhaps`: a delete had no answer.
    """

    delivery: Delivery
    ends: float
    latest: float
    in_flight: bool = False
    abandoned: bool = False
    outcome: Outcome | None = None
    last_word: Outcome | None = None
    begun: bool = False
    renewing: bool = False
    tries: int = 0
    trouble: str = ""
    deleted_perhaps: bool = False

    @property
    def hangs(self) -> bool:
        """Its handler was given up and has not ended since."""
        return self.abandoned and self.outcome is None


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
        lease = self._leases[delivery] = Lease(delivery, began + self._seconds, began + LONGEST_SECONDS)
        return lease

    def get(self, delivery: Delivery) -> Lease | None:
        """The lease, or None where it was lost or settled."""
        return self._leases.get(delivery)

    def drop(self, lease: Lease) -> None:
        """Settled, lost or left: no longer ours."""
        self._leases.pop(lease.delivery, None)

    def due(self, now: float) -> list[tuple[Lease, int]]:
        """Leases to renew now, each with whole seconds to ask for: past half of their time, and their handler does not hang. One with a call in
        flight is renewed once that has its answer, before it is tried again.

        Never beyond 12 hours from the receive.
        """
        half = self._seconds / 2
        due = []
        for lease in self._leases.values():
            if lease.renewing or lease.hangs or lease.ends - now > half or lease.ends <= now:
                continue
            seconds = int(min(self._seconds, lease.latest - now))
            if now + seconds > lease.ends:
                lease.renewing = True
                due.append((lease, seconds))
        return due

    def renewed(self, lease: Lease, asked_at: float, seconds: int) -> None:
        """The queue confirmed; it counted from some time after `asked_at`, so this end is early and safe."""
        lease.ends = min(asked_at + seconds, lease.latest)

    def hidden_perhaps(self, lease: Lease, asked_at: float, seconds: int) -> None:
        """Nobody knows whether that hide took effect. It may have, and then the message is another worker's when it ends: with our old receipt a
        further hide would cut that worker's lease."""
        lease.ends = min(lease.ends, asked_at + seconds)

    def may_go(self, lease: Lease, now: float, *, hides: bool, renews: bool = False) -> bool | None:
        """Whether a call about it may start now. None: never again. False: not yet; one is in flight, or it ran out and will be given up.

        What `hides` must take effect while the lease is surely ours.
        """
        if self._leases.get(lease.delivery) is not lease or (renews and lease.hangs):
            return None
        return not lease.in_flight and lease.ends - now > (self._call_seconds if hides else 0.0)

    def lapsed(self, now: float) -> list[Lease]:
        """Leases whose time ran out. One with a call in flight waits for its answer."""
        return [lease for lease in self._leases.values() if lease.ends <= now and not lease.in_flight]

    def without_a_word(self, now: float) -> list[tuple[Lease, Outcome]]:
        """Abandoned leases whose last quarter has begun, each with its last word."""
        return [
            (lease, lease.last_word)
            for lease in self._leases.values()
            if lease.last_word is not None and lease.outcome is None and lease.ends - now <= self._seconds / 4
        ]

    def look_again_seconds(self) -> float:
        """How often `due` and `lapsed` must be asked: often enough that a renewal has time for several tries."""
        return self._seconds / 10
