"""How is a dead-letter queue looked through without taking anything out? Layer: tools, one thread. The only reader of dead letters.

SQS has no peek: a look receives every letter, which hides it for a short while and adds one to its receive count, and makes it visible again at the
end. A look that is killed leaves letters hidden for `HIDE_SECONDS`, never lost. Nothing acts on the count: a dead-letter queue has no redrive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from jobqueue.consumer.ports import QueueError
from jobqueue.sqs.limits import ENTRIES_PER_CALL
from jobtools.look.dead_letter import DeadLetter
from jobtools.look.dead_letter_queue import DeadLetterQueue

HIDE_SECONDS = 60
"""Longer than it takes to receive some thousand letters: ten a call, 20 to 50 ms a call."""
WAIT_SECONDS = 1
"""One second of long poll: only then does an empty answer mean that nothing is visible."""
MOST_LETTERS = 10_000
"""Letters of one look; a queue with more is told as such. SQS lets 120,000 be in flight ("Amazon SQS message quotas")."""


def read_dead_letters(
    queue: DeadLetterQueue, *, most: int = MOST_LETTERS, wait_seconds: int = WAIT_SECONDS
) -> list[DeadLetter]:
    """All letters that are visible now, content and all, up to `most`, in the order in which they were sent. Raises QueueError as `peek`."""
    with peek(queue, most=most, wait_seconds=wait_seconds) as letters:
        return sorted(letters, key=lambda one: one.delivery.sent_ms)


@contextmanager
def peek(
    queue: DeadLetterQueue,
    *,
    most: int = MOST_LETTERS,
    wait_seconds: int = WAIT_SECONDS,
    hide_seconds: int = HIDE_SECONDS,
) -> Iterator[Iterator[DeadLetter]]:
    """Yields the letters one by one, each once, as they come; when it is left, by whatever, all of them are visible again.

    Raises:
        QueueError: no such queue, no permission, not reachable.
    """
    taken: list[DeadLetter] = []
    try:
        yield _letters(queue, taken, most, wait_seconds, hide_seconds)
    finally:
        show_again(queue, taken)


def show_again(queue: DeadLetterQueue, letters: Sequence[DeadLetter]) -> None:
    """Makes them visible. One that fails becomes visible by itself, when its time is over."""
    for start in range(0, len(letters), ENTRIES_PER_CALL):
        part = letters[start : start + ENTRIES_PER_CALL]
        with suppress(QueueError):
            failed = queue.show(part)
            again = [part[one.index] for one in failed if not one.gone]
            if again:
                queue.show(again)


def _letters(
    queue: DeadLetterQueue, taken: list[DeadLetter], most: int, wait_seconds: int, hide_seconds: int
) -> Iterator[DeadLetter]:
    seen: set[str] = set()
    while len(seen) < most:
        received = queue.receive(most - len(seen), hide_seconds=hide_seconds, wait_seconds=wait_seconds)
        taken += (letter.without_content() for letter in received)
        fresh = [letter for letter in received if letter.message_id not in seen]
        if not fresh:  # nothing visible; or only letters that were hidden for so long that they came back: that was the whole queue
            return
        seen.update(letter.message_id for letter in fresh)
        yield from fresh
