"""The dead-letter queues of a stack, and the letters in them that a selection takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobctl.dead_letters.selection import Selection
from jobctl.errors import UsageError
from jobctl.queries.dead_letter import DeadLetter
from jobctl.queries.dead_letter_groups import LetterSummary, summary_of
from jobctl.queries.dead_letter_queue import DeadLetterQueue
from jobctl.queries.dead_letters import HIDE_SECONDS, MAX_LETTERS, WAIT_SECONDS, peek

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from jobqueue.client.stack import Stack


@dataclass(frozen=True)
class SelectedLetters:
    """One queue and its letters that a selection takes. `hidden`: letters that another reader holds. `more`: the queue was not read to its end."""

    queue: DeadLetterQueue
    letters: Sequence[LetterSummary]
    hidden: int = 0
    more: bool = False


def queues_of(stack: Stack, sqs: SQSClient, wanted: Collection[str] = ()) -> list[DeadLetterQueue]:
    """The dead-letter queues of a stack's services; `wanted` names services, queues or dead-letter queues, empty: all.

    Raises:
        UsageError: an unknown name.
    """
    named: dict[str, DeadLetterQueue] = {}
    every: list[DeadLetterQueue] = []
    for service in stack.services.values():
        queue = DeadLetterQueue(sqs, service.queue_url, service.dead_letter_url)
        every.append(queue)
        named |= dict.fromkeys((service.name, queue.source, queue.name), queue)
    unknown = sorted(set(wanted) - set(named))
    if unknown:
        raise UsageError(f"No queue {', '.join(unknown)} in {stack.name}.", f"choose one of {', '.join(named)}")
    return [queue for queue in every if not wanted or queue.name in {named[name].name for name in wanted}]


def read_selected(
    queue: DeadLetterQueue,
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


def find(queue: DeadLetterQueue, wanted: str, *, wait_seconds: int = WAIT_SECONDS) -> list[DeadLetter]:
    """The letters with this job id or MessageId, with their content; two if a job was dead-lettered twice. Raises QueueError."""
    selection = Selection(ids=frozenset({wanted}))
    with peek(queue, wait_seconds=wait_seconds) as letters:
        return [letter for letter in letters if selection.takes(letter, 0)]
