"""The dead-letter queues of a stack: the letters that a selection takes, and the calls that take letters out or send them back.

The calls that only read are in `jobctl.queries.dead_letter_queue`. As there, calls carry up to ten entries, failed entries are returned as values,
and nothing is retried.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobctl.dead_letters.selection import Selection
from jobctl.errors import UsageError
from jobctl.queries.dead_letter import DeadLetter
from jobctl.queries.dead_letter_groups import LetterSummary, summary_of
from jobctl.queries.dead_letter_queue import Addresses, DeadLetterQueue, Depth
from jobctl.queries.dead_letters import HIDE_SECONDS, MAX_LETTERS, WAIT_SECONDS, peek
from jobqueue.consumer.ports import Failure
from jobqueue.messages.limits import MAX_MESSAGE_BYTES
from jobqueue.sqs.sender import send_parts

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from jobctl.stack import Stack
    from jobqueue.messages.outgoing import OutgoingMessage

__all__ = ["Addresses", "DeadQueue", "Depth"]


@dataclass
class DeadQueue(DeadLetterQueue):
    """A dead-letter queue and its source, with the calls that take letters out."""

    def max_bytes(self) -> int:
        """The largest message that the source takes, attributes counted (its MaximumMessageSize)."""
        return int(
            self._attributes(self.addresses.source, ["MaximumMessageSize"]).get("MaximumMessageSize", MAX_MESSAGE_BYTES)
        )

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Failure]:
        """Sends to the source queue. Messages that SQS did not confirm are returned as failures, by index.

        Raises:
            QueueError: the first call failed as a whole (large messages may need several).
        """
        return send_parts(self.client, self.addresses.source, messages)

    def delete(self, letters: Sequence[DeadLetter]) -> Sequence[Failure]:
        """Deletes from the dead-letter queue, at most ten."""
        return self._queue.delete([letter.delivery for letter in letters])


@dataclass(frozen=True)
class SelectedLetters:
    """One queue and its letters that a selection takes. `hidden`: letters that another reader holds. `more`: the queue was not read to its end."""

    queue: DeadQueue
    letters: Sequence[LetterSummary]
    hidden: int = 0
    more: bool = False


def queues_of(stack: Stack, sqs: SQSClient, wanted: Collection[str] = ()) -> list[DeadQueue]:
    """The dead-letter queues of a stack's services; `wanted` names services, queues or dead-letter queues, empty: all.

    Raises:
        UsageError: an unknown name.
    """
    named: dict[str, DeadQueue] = {}
    every: list[DeadQueue] = []
    for service in stack.services.values():
        queue = DeadQueue(sqs, Addresses(service.queue_url, service.dead_letter_url))
        every.append(queue)
        named |= dict.fromkeys((service.name, queue.source, queue.name), queue)
    unknown = sorted(set(wanted) - set(named))
    if unknown:
        raise UsageError(f"No queue {', '.join(unknown)} in {stack.name}.", f"choose one of {', '.join(named)}")
    return [queue for queue in every if not wanted or queue.name in {named[name].name for name in wanted}]


def read_selected(
    queue: DeadQueue,
    selection: Selection,
    *,
    check: Callable[[], object] = lambda: None,
    most: int = MAX_LETTERS,
    wait_seconds: int = WAIT_SECONDS,
    hide_seconds: int = HIDE_SECONDS,
) -> SelectedLetters:
    """Reads one queue, and keeps the selected letters; `check` is called for each letter and may raise. Raises QueueError."""
    hidden = queue.depth().hidden
    kept: list[LetterSummary] = []
    seen = 0
    with peek(queue, most=most, wait_seconds=wait_seconds, hide_seconds=hide_seconds) as letters:
        for letter in letters:
            check()
            seen += 1
            if selection.takes(letter, time.time_ns() // 1_000_000):
                kept.append(summary_of(letter))
    kept.sort(key=lambda one: one.sent_ms)
    return SelectedLetters(queue, kept, hidden, more=seen >= most)


def find(queue: DeadQueue, wanted: str, *, wait_seconds: int = WAIT_SECONDS) -> list[DeadLetter]:
    """The letters with this job id or MessageId, with their content; two if a job was dead-lettered twice. Raises QueueError."""
    selection = Selection(ids=frozenset({wanted}))
    with peek(queue, wait_seconds=wait_seconds) as letters:
        return [letter for letter in letters if selection.takes(letter, 0)]
