"""Quarantine of suspects: messages that may kill their worker run alone, while nothing else is held that would lose a receive with them.

    open     -> clearing   a suspect arrived: no new receive; what else arrived with it, and what polls in flight still bring, goes back as copies
    clearing -> alone      nothing but the suspect is held: it runs
    alone    -> open       it ended, however: receiving goes on

A delivery on trial is not even held while others run: the worker clears without it, and its copy comes again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from jobqueue.consumer.suspects import Standing, held_seconds, standing
from jobqueue.messages.outcome import Release

if TYPE_CHECKING:
    from jobqueue.consumer.returns import Returns
    from jobqueue.messages.delivery import Delivery

logger = logging.getLogger(__name__)

TRIAL_PAUSE_SECONDS = 1
"""When a copy on trial that met a busy worker may come again, in whole seconds; ours: by then that worker may be idle."""


class WorkerControls(Protocol):
    """What the quarantine controls of the consumer. Nothing blocks."""

    @property
    def running(self) -> int:
        """Handlers at work; those that hang do not count."""
        ...

    @property
    def held(self) -> int:
        """Deliveries held, reservations of polls in flight included."""
        ...

    def pause(self) -> None:
        """No poll starts from now on, and what waits for a turn of its type goes back to the queue."""
        ...

    def submit(self, delivery: Delivery) -> None:
        """Runs it."""
        ...

    def give_back(self, delivery: Delivery, outcome: Release) -> None:
        """It has not run and will not."""
        ...

    def condemn(self, delivery: Delivery) -> None:
        """Sends it to the dead-letter queue: it killed its worker again and again."""
        ...


class Quarantine:
    """Owns the delivery that runs alone. `admit` is called by polling threads, `look` and `close` by the main thread, `lost` by the settler."""

    def __init__(self, controls: WorkerControls, returns: Returns, *, max_receive_count: int) -> None:
        self._controls = controls
        self._returns = returns
        self._max_receive_count = max_receive_count
        self._lock = Lock()
        self._suspect: Delivery | None = None
        self._active = False
        self._alone = False
        self._closed = False

    @property
    def active(self) -> bool:
        """Nothing may be received."""
        return self._active

    def admit(self, deliveries: Sequence[Delivery]) -> None:
        """Decides on deliveries that arrived: each runs, waits to run alone, is given back or is dead-lettered."""
        with self._lock:
            fates = [self._fate(delivery, standing(delivery, self._max_receive_count)) for delivery in deliveries]
            clearing = self._active or self._closed
        # The others only now: a suspect among them was perhaps the last to be looked at.
        for delivery, fate in zip(deliveries, fates, strict=True):
            if fate is Standing.GUILTY:
                self._controls.condemn(delivery)
            elif fate is Standing.TO_TRIAL:
                self._controls.give_back(delivery, self._returns.to_trial(delivery))
            elif fate is Standing.ON_TRIAL:
                self._controls.give_back(delivery, self._returns.never_started(delivery, TRIAL_PAUSE_SECONDS))
            elif fate is Standing.CLEAR:
                self._admit(delivery, clearing=clearing)

    def look(self) -> None:
        """Goes on to the next state where it can."""
        with self._lock:
            if not self._active or self._closed:
                return
            suspect = self._suspect
            if suspect is not None and not self._alone:
                # In this order: once no poll starts, what is held only becomes less.
                self._controls.pause()
                if self._controls.held > 1:
                    return
                self._alone = True
            elif self._controls.running == 0:
                self._active = self._alone = False
                self._suspect = None
                return
            else:
                return
        logger.warning(
            "runs alone: the ends of %d earlier receives are unknown, so it may kill its worker",
            suspect.lost,
            extra={"messageId": suspect.message_id, "attempt": suspect.attempt},
        )
        self._controls.submit(suspect)

    def lost(self, delivery: Delivery) -> bool:
        """Its lease ended. True where it waited to run alone: it will not run."""
        with self._lock:
            if self._suspect is not delivery or self._alone:
                return False
            self._suspect = None
            return True

    def close(self) -> None:
        """The worker drains: what waits is given back, and what arrives from now on."""
        with self._lock:
            self._closed = True
            waiting = None if self._alone else self._suspect
            self._suspect = None
        if waiting is not None:
            self._controls.give_back(waiting, self._returns.never_started(waiting))

    def _fate(self, delivery: Delivery, found: Standing) -> Standing:
        """Under the lock. SUSPECT: it waits to run alone; CLEAR: as all the others."""
        if found in (Standing.CLEAR, Standing.GUILTY):
            return found
        if self._closed:
            return Standing.CLEAR
        if found is Standing.TO_TRIAL:
            return found
        on_trial = found is Standing.ON_TRIAL
        busy = self._active or (on_trial and self._controls.running > 0)
        self._begin()
        if busy:
            return found if on_trial else Standing.CLEAR
        self._suspect = delivery
        return Standing.SUSPECT

    def _begin(self) -> None:
        if not self._active:
            self._active = True
            self._controls.pause()

    def _admit(self, delivery: Delivery, *, clearing: bool) -> None:
        held = held_seconds(delivery)
        if held:
            self._controls.give_back(delivery, Release(held))
        elif clearing:
            self._controls.give_back(delivery, self._returns.never_started(delivery))
        else:
            self._controls.submit(delivery)
