"""Choice of the trigger to show in detail, and the summary of all; the same on the terminal and on the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from devkit.demo.fates import Fate
from jobqueue.consumer.job_records import JobRecord


def highlight(fates: Sequence[Fate]) -> Fate | None:
    """A completed job, preferably one that was tried again; else any."""
    return max(fates, key=lambda fate: (fate.word == "completed", fate.attempts), default=None)


def outcome_summary(fates: Sequence[Fate]) -> str:
    """A summary such as `7 triggers: 4 completed, 2 dead letters, 1 duplicate, 0 lost`."""
    counts = Counter(fate.word for fate in fates)
    dead = counts["dead letter"]
    parts = [f"{counts['completed']} completed", f"{dead} dead letter{'' if dead == 1 else 's'}"]
    if counts["done"]:
        parts.append(f"{counts['done']} done")
    if counts["duplicate"]:
        parts.append(f"{counts['duplicate']} duplicate{'' if counts['duplicate'] == 1 else 's'}")
    parts.append(f"{counts['lost']} lost")
    triggers = "1 trigger" if len(fates) == 1 else f"{len(fates)} triggers"
    return f"{triggers}: {', '.join(parts)}"


def records_summary(records: Iterable[JobRecord], differing: Sequence[Fate]) -> str:
    """A sentence such as `3 jobs have a record: 2 completed, 1 dead, as their triggers ended.`"""
    counts = Counter(record.status.value for record in records)
    total = f"{counts.total()} jobs have" if counts.total() != 1 else "1 job has"
    said = ", ".join(f"{count} {status}" for status, count in counts.items()) or "none"
    if not differing:
        return f"{total} a record: {said}, as their triggers ended."
    wrong = ", ".join(f"{fate.trigger.number} ({fate.word})" for fate in differing[:10])
    return f"{total} a record: {said}. {len(differing)} differ from how their triggers ended: {wrong}."
