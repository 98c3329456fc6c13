"""Choice of the trigger to show in detail, and the summaries of all; the same on the terminal and on the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from devkit.demo.fates import Fate
from jobqueue.consumer.job_batches import BATCH
from jobqueue.consumer.job_records import JobRecord


def highlight(fates: Sequence[Fate]) -> Fate | None:
    """A completed job, preferably one that was tried again; else any."""
    return max(fates, key=lambda fate: (fate.word == "completed", fate.attempts), default=None)


def outcome_summary(fates: Sequence[Fate]) -> str:
    """A summary such as `8 triggers: 5 completed, 2 dead letters, 1 duplicate, 0 lost`."""
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


def in_batches(records: Iterable[JobRecord]) -> list[JobRecord]:
    """Of batches, of their jobs, and of the jobs that follow them, which have the batches' ids."""
    ids = {record.key.job_id for record in records if record.type == BATCH}
    return [record for record in records if record.key.job_id in ids or record.parent in ids]


def batches_summary(records: Sequence[JobRecord]) -> str:
    """A sentence such as `1 batch, 1 joined: 3 jobs, of which 3 completed.`, or nothing. Joined: the job that follows is over."""
    ours = in_batches(records)
    batches = {record.key.job_id for record in ours if record.type == BATCH}
    if not batches:
        return ""
    joined = sum(record.key.job_id in batches and record.type != BATCH and record.status.over for record in ours)
    counts = Counter(record.status.value for record in ours if record.parent in batches)
    said = ", ".join(f"{count} {status}" for status, count in counts.items()) or "none"
    return f"{len(batches)} batch{'' if len(batches) == 1 else 'es'}, {joined} joined: {counts.total()} jobs, of which {said}."


def records_summary(records: Sequence[JobRecord], differing: Sequence[Fate]) -> str:
    """A sentence such as `3 jobs have a record: 2 completed, 1 dead, as their triggers ended.`, those of batches apart."""
    apart = {record.key for record in in_batches(records)}
    counts = Counter(record.status.value for record in records if record.key not in apart)
    total = f"{counts.total()} jobs have" if counts.total() != 1 else "1 job has"
    said = ", ".join(f"{count} {status}" for status, count in counts.items()) or "none"
    if not differing:
        return f"{total} a record: {said}, as their triggers ended."
    wrong = ", ".join(f"{fate.trigger.number} ({fate.word})" for fate in differing[:10])
    return f"{total} a record: {said}. {len(differing)} differ from how their triggers ended: {wrong}."
