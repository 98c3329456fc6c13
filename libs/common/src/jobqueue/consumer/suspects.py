"""Suspicion that a message kills its worker, from its receive counts. Pure.

A worker that is killed reports nothing: all that it held is received again, the killer and its neighbours alike. So a delivery that was
lost several times is a suspect, and runs alone. That alone proves nothing either: it may have been lost while it waited for the others to end. So
before it is given up it stands trial, as a copy whose every receive runs at once in an idle worker or is given back at once. What is lost then died
alone.
"""

from __future__ import annotations

from enum import Enum
from math import ceil
from typing import TYPE_CHECKING

from jobqueue.messages.delivery import MAX_LOST_ATTEMPTS
from jobqueue.messages.limits import MAX_VISIBILITY_SECONDS

if TYPE_CHECKING:
    from jobqueue.messages.delivery import Delivery

SUSPECT_AFTER = MAX_LOST_ATTEMPTS + 1
"""Receives without a known end after which a delivery runs alone; ours. A lease may be lost once or twice for other reasons."""

TRIAL_AFTER = SUSPECT_AFTER + 1
"""Those after which it stands trial: one run alone, then the trial. Below the least MAX_RECEIVE_COUNT, 6, by the receive that makes the copy."""

GUILTY_AFTER = 2
"""Receives on trial without a known end after which it is given up; ours. One may be another's fault: a task that is killed from outside, a lease
that is lost, another job's death in the moment in which a busy worker gives the copy back."""

WORKER_LOST = "worker_lost"
"""The reason of a dead letter that killed its worker."""


class Standing(Enum):
    """What a delivery's counts say."""

    CLEAR = "clear"
    SUSPECT = "suspect"
    TO_TRIAL = "to trial"
    ON_TRIAL = "on trial"
    GUILTY = "guilty"


def standing(delivery: Delivery, max_receive_count: int) -> Standing:
    """`max_receive_count` is SQS's: at the last receive before its redrive there is no more time for a trial."""
    if delivery.history is not None and delivery.history.trial:
        lost_on_trial = delivery.history.trial - 1 + delivery.receive_count - 1
        return Standing.ON_TRIAL if lost_on_trial < GUILTY_AFTER else Standing.GUILTY
    if delivery.lost < SUSPECT_AFTER:
        return Standing.CLEAR
    if delivery.receive_count >= max_receive_count:
        return Standing.GUILTY
    return Standing.SUSPECT if delivery.lost < TRIAL_AFTER else Standing.TO_TRIAL


def held_seconds(delivery: Delivery) -> int:
    """How much longer it is to stay hidden: a delay longer than a send can have."""
    if delivery.history is None or not delivery.history.held_until_ms:
        return 0
    return min(MAX_VISIBILITY_SECONDS, max(0, ceil((delivery.history.held_until_ms - delivery.received_ms) / 1000)))
