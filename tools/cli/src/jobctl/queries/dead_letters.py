"""Reads the letters of a dead-letter queue without taking any out.

SQS has no peek: a look receives every letter, which hides it for a short while and adds one to its receive count, and makes it visible again at the
end. A look that is killed leaves letters hidden for `HIDE_SECONDS`, never lost. The count has no effect: a dead-letter queue has no redrive policy.
No other module reads dead letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from jobctl.queries.dead_letter import DeadLetter
from jobctl.queries.dead_letter_queue import DeadLetterQueue
from jobqueue.consumer.ports import QueueError
from jobqueue.messages.limits import MAX_PER_CALL

HIDE_SECONDS = 60
"""Longer than receiving some thousand letters takes: ten a call, 20 to 50 ms a call."""
WAIT_SECONDS = 1
"""One second of long polling: an empty answer of a short poll does not mean that nothing is visible."""
MAX_LETTERS = 10_000
"""Letters of one look; whether there are more is reported. SQS allows 120,000 in flight ("Amazon SQS message quotas")."""


@contextmanager
def peek(
    queue: DeadLetterQueue,
    *,
    most: int = MAX_LETTERS,
    wait_seconds: int = WAIT_SECONDS,
    hide_seconds: int = HIDE_SECONDS,
) -> Iterator[Iterator[DeadLetter]]:
    """Yields the letters one by one, each once, as they are received; on exit, however it comes, all are made visible again.

    Raises:
        QueueError: no such queue, no permission, not reachable.
    """
    received_letters: list[DeadLetter] = []
    try:
        yield _letters(queue, received_letters, most, wait_seconds, hide_seconds)
    finally:
        show_again(queue, received_letters)


def show_again(queue: DeadLetterQueue, letters: Sequence[DeadLetter]) -> None:
    """Makes letters visible. One that fails becomes visible when its visibility timeout ends."""
    for start in range(0, len(letters), MAX_PER_CALL):
        part = letters[start : start + MAX_PER_CALL]
        with suppress(QueueError):
            failed = queue.show(part)
            again = [part[one.index] for one in failed if not one.gone]
            if again:
                queue.show(again)


def _letters(
    queue: DeadLetterQueue, received_letters: list[DeadLetter], most: int, wait_seconds: int, hide_seconds: int
) -> Iterator[DeadLetter]:
    seen: set[str] = set()
    while len(seen) < most:
        received = queue.receive(most - len(seen), hide_seconds=hide_seconds, wait_seconds=wait_seconds)
        received_letters += (letter.without_content() for letter in received)
        fresh = [letter for letter in received if letter.message_id not in seen]
        if not fresh:  # nothing visible; or only letters that were hidden for so long that they came back: that was the whole queue
            return
        seen.update(letter.message_id for letter in fresh)
        yield from fresh
