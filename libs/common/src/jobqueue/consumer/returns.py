"""Returns of deliveries to their queue: as a copy that keeps its count, or hidden where there can be no copy.

A receive that the copy does not count has cost the job nothing. What is hidden or released by its visibility costs one receive. No state, any thread.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jobqueue.consumer.suspects import SUSPECT_AFTER
from jobqueue.messages.outcome import Leave, Release, Retry
from jobqueue.messages.returned import returned

if TYPE_CHECKING:
    from jobqueue.consumer.ports import Sender
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.outgoing import OutgoingMessage


class Returns:
    """Makes the outcomes of what goes back. `again` sends to the source queue."""

    def __init__(self, again: Sender) -> None:
        self._again = again

    def never_started(self, delivery: Delivery, after_seconds: int = 0) -> Release:
        """This receive ran nothing: nothing of it is counted."""
        trial = 0 if delivery.history is None else delivery.history.trial
        trial += delivery.receive_count - 1 if trial else 0
        return Release(after_seconds, self._as_it_is(delivery, trial, after_seconds))

    def to_trial(self, delivery: Delivery) -> Release:
        """As `never_started`; from now on each receive runs at once and alone, or is given back at once."""
        return Release(copy=self._as_it_is(delivery, trial=1))

    def obeyed(self, delivery: Delivery, after_seconds: int) -> Release:
        """Its handler saw the stop and handed it on, or a step of it did: the attempt is not counted, and its end is known."""
        copy = self._copy(delivery, attempts=delivery.attempt - 1, delay_seconds=after_seconds)
        return Release(after_seconds, copy)

    def failed(self, delivery: Delivery, after_seconds: int, *, forgotten: bool = False) -> Retry:
        """The attempt counts. It is hidden as long as that makes it no suspect: that takes one call less, and can make no second copy. `forgotten`:
        hidden, it would outlast its queue's retention, which begins anew for a copy."""
        if delivery.lost + 1 < SUSPECT_AFTER and not forgotten:
            return Retry(after_seconds)
        return Retry(after_seconds, self._copy(delivery, attempts=delivery.attempt, delay_seconds=after_seconds))

    def left(self, delivery: Delivery, after_seconds: int) -> Leave:
        """Still running when the grace period ends. The attempt counts; `after_seconds` lets this process end first."""
        return Leave(self._copy(delivery, attempts=delivery.attempt, delay_seconds=after_seconds))

    def _as_it_is(self, delivery: Delivery, trial: int, after_seconds: int = 0) -> OutgoingMessage | None:
        attempts = 0 if delivery.history is None else delivery.history.attempts
        return self._copy(delivery, attempts=attempts, lost=delivery.lost, trial=trial, delay_seconds=after_seconds)

    def _copy(
        self, delivery: Delivery, *, attempts: int, lost: int = 0, trial: int = 0, delay_seconds: int = 0
    ) -> OutgoingMessage | None:
        copy = returned(
            delivery,
            now_ms=time.time_ns() // 1_000_000,
            attempts=attempts,
            lost=lost,
            trial=trial,
            delay_seconds=delay_seconds,
        )
        return copy if copy is not None and self._again.refusal(copy) is None else None
