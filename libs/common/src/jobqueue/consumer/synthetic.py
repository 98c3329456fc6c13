"""Synthetic triggers, by which a service tests itself: one daemon thread sends them through the trigger queue."""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import TYPE_CHECKING

from jobqueue.consumer.ports import QueueError
from jobqueue.messages.correlation_id import synthetic_correlation_id
from jobqueue.messages.trigger import write_trigger

if TYPE_CHECKING:
    from jobqueue.consumer.ports import Sender

logger = logging.getLogger(__name__)

NAME = "synthetic"


class SyntheticTriggers:
    """Sends until stopped; a send that fails is logged, and the next comes at its time."""

    def __init__(self, sender: Sender, every_seconds: float) -> None:
        self._sender = sender
        self._every = every_seconds
        self._stopped = Event()

    def start(self) -> None:
        """Sends the first at once."""
        Thread(target=self._run, name="synthetic-triggers", daemon=True).start()

    def stop(self) -> None:
        """Sends no more from now on."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            correlation_id = synthetic_correlation_id()
            try:
                failures = self._sender.send([write_trigger(NAME, correlation_id=correlation_id)])
                problem = failures[0].message if failures else None
            except QueueError as error:
                problem = str(error)
            if problem is None:
                logger.info("synthetic trigger sent", extra={"correlationId": correlation_id})
            else:
                logger.warning("synthetic trigger not sent: %s", problem, extra={"correlationId": correlation_id})
            self._stopped.wait(self._every)
