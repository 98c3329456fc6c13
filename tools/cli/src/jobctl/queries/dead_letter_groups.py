"""Groups of dead letters with the same queue, reason, job type and error.

Bodies are not kept, so that thousands of letters fit into memory.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jobctl.queries.dead_letter import DeadLetter

_VARIES = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"  # UUID
    r"|\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b"  # ULID
    r"|\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b"  # hash, span id
    r"|\d+(?:[.,]\d+)*"  # number
)


@dataclass(frozen=True, slots=True)
class LetterSummary:
    """One letter, without its body. `queue` is the name of the queue that it came from."""

    queue: str
    message_id: str
    job_id: str
    reason: str
    job_type: str
    error: str
    sent_ms: int


@dataclass(frozen=True, slots=True)
class LetterGroup:
    """Letters that died for the same reason. `error` has `*` where letters differ (ids, numbers); `job_id` is that of the oldest."""

    queue: str
    reason: str
    job_type: str
    error: str
    count: int
    oldest_ms: int
    newest_ms: int
    job_id: str


def summary_of(letter: DeadLetter) -> LetterSummary:
    """The parts of a letter that are kept."""
    return LetterSummary(
        queue=letter.delivery.queue,
        message_id=letter.message_id,
        job_id=letter.job_id,
        reason=letter.reason,
        job_type=letter.job_type,
        error=letter.error,
        sent_ms=letter.delivery.sent_ms,
    )


def group_letters(letters: Iterable[LetterSummary]) -> list[LetterGroup]:
    """Groups by queue, reason, job type and error; the largest first within a queue."""
    members: dict[tuple[str, str, str, str], list[LetterSummary]] = {}
    for one in letters:
        members.setdefault((one.queue, one.reason, one.job_type, error_shape(one.error)), []).append(one)
    made = []
    for (queue, reason, job_type, error), ones in members.items():
        oldest = min(ones, key=lambda one: one.sent_ms)
        newest_ms = max(one.sent_ms for one in ones)
        made.append(LetterGroup(queue, reason, job_type, error, len(ones), oldest.sent_ms, newest_ms, oldest.job_id))
    return sorted(made, key=lambda group: (group.queue, -group.count, group.reason, group.job_type, group.error))


def error_shape(error: str) -> str:
    """The error with `*` for ids and numbers."""
    return _VARIES.sub("*", error)


def counts_by_reason(letters: Sequence[LetterSummary]) -> list[tuple[str, int, list[tuple[str, int]]]]:
    """Counts by queue, each with its counts by reason, the largest first."""
    by_queue = Counter(one.queue for one in letters)
    return [
        (queue, count, Counter(one.reason for one in letters if one.queue == queue).most_common())
        for queue, count in sorted(by_queue.items())
    ]
