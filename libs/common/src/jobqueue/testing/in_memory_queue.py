"""A queue in memory, for tests.

Adds the lock, the long polls and the planned failures to a `MessageStore`, which holds the messages and their behaviour. The contract suite holds
both to what AWS documents, beside a real SQS server.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from threading import Condition
from typing import Literal
from uuid import uuid4

from jobqueue.consumer.ports import Failure, QueueError
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.limits import MAX_PER_CALL, MAX_POLL_SECONDS
from jobqueue.testing.clock import GIVE_UP_SECONDS, Clock, SystemClock
from jobqueue.testing.faults import Faults
from jobqueue.testing.message_store import Fault, MessageStore, StoredMessage


class InMemoryQueue:
    """Implements `Queue`; an `InMemorySender` sends to it. Every method may be called from any thread.

    A message received `max_receive_count` times goes to `dead_letters` instead of being received once more. `faults` plans failures,
    `calls` counts the calls of the port's methods, failing ones included.
    """

    def __init__(
        self,
        name: str = "jobs",
        *,
        lease_seconds: int = 30,
        clock: Clock | None = None,
        dead_letters: InMemoryQueue | None = None,
        max_receive_count: int = 10,
    ) -> None:
        self.name = name
        self.dead_letters = dead_letters
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self._lease_seconds = lease_seconds
        self._clock = clock or SystemClock()
        self._max_receive_count = max_receive_count
        self._changed = Condition()
        self._store = MessageStore(name)
        self._closed = False

    def __len__(self) -> int:
        """Messages that the queue holds, visible, in flight or delayed."""
        with self._changed:
            return len(self._store)

    def stored(self) -> list[StoredMessage]:
        """What the queue holds now, oldest first."""
        with self._changed:
            return self._store.all()

    def put(
        self,
        body: str,
        attributes: Mapping[str, Attribute] | None = None,
        *,
        delay_seconds: float = 0,
        trace_header: str | None = None,
        group_id: str | None = None,
    ) -> str:
        """Puts a message as a producer outside would, unchecked; gives back the MessageId."""
        visible_at = self._clock.now() + delay_seconds
        sent_ms = self._clock.wall_ms()
        kept = StoredMessage(str(uuid4()), body, dict(attributes or {}), trace_header, group_id, sent_ms, visible_at)
        self._add(kept)
        return kept.message_id

    def receive(self, max_messages: int, wait_seconds: int) -> Sequence[Delivery]:
        """See the port. Waits on the queue's clock: on a manual one until a message comes, or the test advances it or closes the queue."""
        if not 1 <= max_messages <= MAX_PER_CALL or not 0 <= wait_seconds <= MAX_POLL_SECONDS:
            raise QueueError(
                f"{self.name}: cannot receive {max_messages} in {wait_seconds} s", code="InvalidParameterValue"
            )
        self._count("receive")
        planned = self.faults.next("receive")
        with self._changed:
            until = self._clock.now() + wait_seconds
            while not (taken := self._taken(max_messages)) and not self._closed and self._clock.now() < until:
                self._clock.wait(self._changed, self._store.next_visible_at(until))
            self._changed.notify_all()
        planned.finish()
        return taken

    def delete(self, deliveries: Sequence[Delivery]) -> Sequence[Failure]:
        """See the port."""
        return self._settle("delete", [(delivery, self._store.delete) for delivery in deliveries])

    def change_visibility(self, deliveries: Sequence[tuple[Delivery, int]]) -> Sequence[Failure]:
        """See the port."""

        def hiding(seconds: int) -> Callable[[str], Fault | None]:
            return lambda receipt: self._store.change_visibility(receipt, seconds, self._clock.now())

        return self._settle("change_visibility", [(delivery, hiding(seconds)) for delivery, seconds in deliveries])

    def close(self) -> None:
        """Ends the long polls: those in flight return now, later ones do not wait. Called at the end of a test on a manual clock."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wait_for(self, predicate: Callable[[InMemoryQueue], bool], timeout: float = GIVE_UP_SECONDS) -> None:
        """Blocks until `predicate` of this queue holds; asked after each change.

        Raises:
            TimeoutError: it did not hold within `timeout` real seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: predicate(self), timeout):
                raise TimeoutError(f"not within {timeout} s; {self.name} holds {self._store.all()}")

    def wait_until_empty(self, timeout: float = GIVE_UP_SECONDS) -> None:
        """Blocks until every message was deleted or dead-lettered. Raises like `wait_for`."""
        self.wait_for(lambda queue: not len(queue), timeout)

    def _count(self, operation: str) -> None:
        with self._changed:
            self.calls[operation] += 1
            self._changed.notify_all()

    def _add(self, kept: StoredMessage) -> None:
        with self._changed:
            self._store.put(kept)
            self._changed.notify_all()

    def _taken(self, max_messages: int) -> list[Delivery]:
        now, wall_ms = self._clock.now(), self._clock.wall_ms()
        if self.dead_letters is not None:
            # A dead-letter queue exists before its source, so locks are taken in one direction only.
            for exhausted in self._store.remove_exhausted(now, self._max_receive_count):
                self.dead_letters._add(exhausted)  # noqa: SLF001 (the same class)
        return [
            Delivery(
                queue=self.name,
                message_id=kept.message_id,
                receipt=receipt,
                body=kept.body,
                receive_count=kept.receive_count,
                sent_ms=kept.sent_ms,
                received_at=now,
                received_ms=wall_ms,
                attributes=kept.attributes,
                trace_header=kept.trace_header,
                group_id=kept.group_id,
            )
            for receipt, kept in self._store.take(max_messages, now, self._lease_seconds)
        ]

    def _settle(
        self,
        operation: Literal["delete", "change_visibility"],
        entries: Sequence[tuple[Delivery, Callable[[str], Fault | None]]],
    ) -> Sequence[Failure]:
        if not 1 <= len(entries) <= MAX_PER_CALL:
            code = "TooManyEntriesInBatchRequest" if entries else "EmptyBatchRequest"
            raise QueueError(f"{self.name}: {operation} of {len(entries)} messages", code=code)
        self._count(operation)
        planned = self.faults.next(operation)
        failed = []
        with self._changed:
            for index, (delivery, settle) in enumerate(entries):
                if index in planned.entries:
                    failed.append(planned.entries[index])
                elif (fault := settle(delivery.receipt)) is not None:
                    failed.append(Failure(index, *fault, gone=True))
            self._changed.notify_all()
        planned.finish()
        return failed
