"""Values that the page's templates show, in their order, with limits for what would make the page too large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from devkit.demo.fates import Fate, FateKind, Word, kinds_of
from devkit.demo.flow import Findings
from devkit.demo.page.moment import Bucket, Moment, buckets_of, moments_of, nearest_rank
from devkit.demo.page.plots import Latency, Throughput, latency_of, throughput_of
from devkit.demo.page.run_record import RunRecord
from devkit.demo.page.shown_traces import ShownTrace, traces_of
from jobctl.queries.dead_letter import DeadLetter
from jobctl.queries.dead_letter_groups import LetterGroup, group_letters, summary_of
from jobctl.queries.job_event import JobEvent

MAX_ROWS = 1000
"""Triggers, job logs and dead letters of which each has its own row: with all of them a page has about 2 MB."""
WORDS: tuple[Word, ...] = ("completed", "done", "dead letter", "lost")


@dataclass(frozen=True, slots=True)
class Share:
    """How many triggers ended so; `from_percent` and `percent` of all: where its part of a bar lies."""

    word: Word
    count: int
    from_percent: float
    percent: float


@dataclass(frozen=True, slots=True)
class JobLog:
    """One job's events. `stack`: that of its last failure, if any."""

    fate: Fate
    events: Sequence[JobEvent]
    stack: str


@dataclass(frozen=True, slots=True)
class DeadQueue:
    """One dead-letter queue."""

    queue: str
    letters: list[DeadLetter]
    groups: list[LetterGroup]


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything. `rows` and `logs` begin with what needs attention; `left_out` counts triggers without a row of their own."""

    run: RunRecord
    shares: list[Share]
    kinds: list[FateKind]
    rows: list[Fate]
    left_out: int
    retried: int
    median_seconds: float | None
    high_seconds: float | None
    rate: float | None
    moments: list[Moment]
    buckets: list[Bucket]
    throughput: Throughput
    latency: Latency | None
    traces: list[ShownTrace]
    logs: list[JobLog]
    queues: list[DeadQueue]


def contents_of(run: RunRecord) -> Contents:
    """Contents of the page; the run must have had a trigger."""
    found_out = run.findings
    moments = moments_of(found_out.fates, found_out.spans)
    buckets = buckets_of(moments)
    took = [fate.seconds for fate in found_out.fates if fate.seconds is not None]
    ends = [one.ended_s for one in moments if one.ended_s is not None]
    rows = sorted(found_out.fates, key=_urgency)[:MAX_ROWS]
    return Contents(
        run=run,
        shares=_shares(found_out.fates),
        kinds=kinds_of(found_out.fates),
        rows=sorted(rows, key=lambda fate: fate.trigger.number),
        left_out=len(found_out.fates) - len(rows),
        retried=sum(fate.attempts > 1 for fate in found_out.fates),
        median_seconds=nearest_rank(took, 0.5) if took else None,
        high_seconds=nearest_rank(took, 0.95) if took else None,
        rate=len(ends) / max(ends) if ends and max(ends) > 0 else None,
        moments=moments,
        buckets=buckets,
        throughput=throughput_of(buckets),
        latency=latency_of(moments),
        traces=traces_of(found_out),
        logs=_logs(rows, found_out),
        queues=_queues(run),
    )


def _urgency(fate: Fate) -> tuple[bool, bool, bool, int]:
    return (fate.word != "lost", fate.word != "dead letter", fate.attempts < 2, fate.trigger.number)


def _shares(fates: Sequence[Fate]) -> list[Share]:
    counts = Counter(fate.word for fate in fates)
    shares, so_far = [], 0
    for word in WORDS:
        if counts[word]:
            shares.append(Share(word, counts[word], 100 * so_far / len(fates), 100 * counts[word] / len(fates)))
        so_far += counts[word]
    return shares


def _logs(fates: Sequence[Fate], found_out: Findings) -> list[JobLog]:
    by_id: dict[str, list[JobEvent]] = {}
    for event in found_out.events:
        by_id.setdefault(event.job_id, []).append(event)
    return [_log(fate, by_id[fate.job_id]) for fate in fates if fate.job_id in by_id]


def _log(fate: Fate, events: list[JobEvent]) -> JobLog:
    stacks = [event.fields["stack"] for event in events if event.fields.get("stack")]
    return JobLog(fate, events, str(stacks[-1]) if stacks else "")


def _queues(run: RunRecord) -> list[DeadQueue]:
    made = []
    for queue in run.dead_letter_queues:
        letters = [letter for letter in run.findings.letters if letter.queue == queue]
        made.append(DeadQueue(queue, letters[:MAX_ROWS], group_letters(summary_of(letter) for letter in letters)))
    return made
