"""Contents of the page, as its template needs them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from devkit.demo.fates import Fate, FateKind, Word, kinds_of
from devkit.demo.flow import Findings
from devkit.demo.highlights import highlight
from devkit.demo.page.plots import (
    Bucket,
    Plot,
    buckets_of,
    latency_of,
    moments_of,
    nearest_rank,
    throughput_of,
)
from jobctl.queries.dead_letter import DeadLetter
from jobctl.queries.dead_letter_groups import LetterGroup, group_letters, summary_of
from jobctl.queries.job_state import JobState
from jobctl.queries.recorded import state_of
from jobctl.views.waterfall import Waterfall, waterfall_of
from jobqueue.client.job_event import JobEvent


@dataclass(frozen=True, slots=True)
class RunRecord:
    """`began_ms` is since 1970, `seconds` from there to the last fate. `arguments`: the demo's, as they would be typed.

    `dead_letter_queues`: all that were looked into, the empty ones too.
    """

    findings: Findings
    began_ms: int
    seconds: float
    arguments: str
    job_log_group: str
    dead_letter_queues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TraceExample:
    """A waterfall; `title` says what kind of job it is of."""

    title: str
    fate: Fate
    waterfall: Waterfall


def traces_of(findings: Findings) -> list[TraceExample]:
    """Each trace at most once, and only traces with spans; the first is shown first."""
    shown: dict[str, TraceExample] = {}
    for title, fate in _chosen(findings.fates):
        if fate.trigger.trace_id not in shown:
            waterfall = waterfall_of(findings.spans, fate.trigger.trace_id)
            if waterfall.rows:
                shown[fate.trigger.trace_id] = TraceExample(title, fate, waterfall)
    return list(shown.values())


def _chosen(fates: Sequence[Fate]) -> Iterator[tuple[str, Fate]]:
    first = highlight(fates)
    if first is not None:
        yield "A job that was retried" if first.attempts > 1 else "A job from end to end", first
    dead = [fate for fate in fates if fate.word == "dead letter"]
    if dead:
        yield "A job that became a dead letter", max(dead, key=lambda fate: fate.attempts)
    ordinary = [fate for fate in fates if fate.word == "completed" and fate.attempts == 1]
    if ordinary:
        yield "An ordinary job", sorted(ordinary, key=lambda fate: fate.seconds or 0.0)[len(ordinary) // 2]


MAX_ROWS = 1000
"""Triggers, job logs and dead letters of which each has its own row: with all of them a page has about 2 MB."""
WORDS: tuple[Word, ...] = ("completed", "done", "duplicate", "dead letter", "lost")


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
    """Everything. `rows` and `logs` begin with what needs attention; `jobs` are job records; `left_out` counts
    triggers without a row of their own."""

    run: RunRecord
    shares: list[Share]
    kinds: list[FateKind]
    rows: list[Fate]
    left_out: int
    retried: int
    median_seconds: float | None
    high_seconds: float | None
    rate: float | None
    buckets: list[Bucket]
    throughput: Plot
    latency: Plot | None
    traces: list[TraceExample]
    logs: list[JobLog]
    queues: list[DeadQueue]
    jobs: list[JobState]


def contents_of(run: RunRecord) -> Contents:
    """Contents of the page; the run must have had a trigger."""
    findings = run.findings
    moments = moments_of(findings.fates, findings.spans)
    buckets = buckets_of(moments)
    took = [fate.seconds for fate in findings.fates if fate.seconds is not None]
    ends = [one.ended_s for one in moments if one.ended_s is not None]
    rows = sorted(findings.fates, key=_urgency)[:MAX_ROWS]
    return Contents(
        run=run,
        shares=_shares(findings.fates),
        kinds=kinds_of(findings.fates),
        rows=sorted(rows, key=lambda fate: fate.trigger.number),
        left_out=len(findings.fates) - len(rows),
        retried=sum(fate.attempts > 1 for fate in findings.fates),
        median_seconds=nearest_rank(took, 0.5) if took else None,
        high_seconds=nearest_rank(took, 0.95) if took else None,
        rate=len(ends) / max(ends) if ends and max(ends) > 0 else None,
        buckets=buckets,
        throughput=throughput_of(buckets),
        latency=latency_of(moments),
        traces=traces_of(findings),
        logs=_logs(rows, findings),
        queues=_queues(run),
        jobs=_jobs(findings),
    )


def _jobs(findings: Findings) -> list[JobState]:
    """As job records have them, the newest first, as `jobctl list` does."""
    newest = sorted(findings.records, key=lambda record: (record.key.job_id, record.key.stage), reverse=True)[:MAX_ROWS]
    return [state_of(record, record.ended_at) for record in newest]


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


def _logs(fates: Sequence[Fate], findings: Findings) -> list[JobLog]:
    by_id: dict[str, list[JobEvent]] = {}
    for event in findings.events:
        by_id.setdefault(event.job_id, []).append(event)
    return [_log(fate, by_id[fate.job_id]) for fate in fates if fate.job_id in by_id and fate.word != "duplicate"]


def _log(fate: Fate, events: list[JobEvent]) -> JobLog:
    stacks = [event.fields["stack"] for event in events if event.fields.get("stack")]
    return JobLog(fate, events, str(stacks[-1]) if stacks else "")


def _queues(run: RunRecord) -> list[DeadQueue]:
    made = []
    for queue in run.dead_letter_queues:
        letters = [letter for letter in run.findings.letters if letter.queue == queue]
        made.append(DeadQueue(queue, letters[:MAX_ROWS], group_letters(summary_of(letter) for letter in letters)))
    return made
