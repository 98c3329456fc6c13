"""How each trigger of the producer ended, from job logs, dead letters and spans that were read elsewhere; and those that ended alike, as kinds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType
from typing import Literal

from jobctl.queries.dead_letter import DeadLetter
from jobctl.queries.job_state import JobState
from jobqueue.consumer.job_records import JobRecord, Status

Word = Literal["completed", "dead letter", "done", "duplicate", "lost"]


@dataclass(frozen=True, slots=True)
class SentTrigger:
    """A trigger as its producer knows it. `what` is a short text to show. `job_id` is empty if the producer chose none."""

    number: int
    what: str
    message_id: str
    job_id: str
    trace_id: str
    sent_ms: int
    wants_job: bool = True


@dataclass(frozen=True, slots=True)
class Fate:
    """The end of a trigger. `completed`: its job's log says so. `dead letter`: it or its job is in a dead-letter queue. `done`: the main job took
    it and it asked for no background job. `duplicate`: another job, whose id is here, has its unique key. `lost`: none of these. `seconds` from send
    to completion, if it completed.
    """

    trigger: SentTrigger
    word: Word
    reason: str = ""
    job_id: str = ""
    attempts: int = 0
    seconds: float | None = None


def fates_of(
    triggers: Sequence[SentTrigger],
    stories: Iterable[JobState],
    letters: Iterable[DeadLetter],
    handled_traces: Collection[str],
    duplicates: Mapping[str, str] = MappingProxyType({}),
) -> list[Fate]:
    """The fate of each trigger, in their order. `duplicates`: the job that stands for that of a trigger, by its trace.

    A job belongs to the trigger whose job id it has; if the producer chose none, to the one whose MessageId is its correlation id, which is
    the default. A dead letter belongs to the trigger whose trace or job id it carries.
    """
    by_id: dict[str, JobState] = {}
    by_correlation: dict[str, JobState] = {}
    for story in stories:
        by_id[story.job_id] = by_correlation[story.correlation_id] = story
    by_trace: dict[str, DeadLetter] = {}
    by_job: dict[str, DeadLetter] = {}
    for letter in letters:
        if letter.trace_id:
            by_trace[letter.trace_id] = letter
        if letter.job_id:
            by_job[letter.job_id] = letter
    fates = []
    for trigger in triggers:
        if (same_as := duplicates.get(trigger.trace_id)) is not None:
            fates.append(Fate(trigger, "duplicate", "its unique key", same_as))
            continue
        story_found = by_id.get(trigger.job_id) or by_correlation.get(trigger.message_id)
        letter_found = by_trace.get(trigger.trace_id) or by_job.get(trigger.job_id)
        fates.append(_fate(trigger, story_found, letter_found, trigger.trace_id in handled_traces))
    return fates


def _fate(trigger: SentTrigger, story: JobState | None, letter: DeadLetter | None, handled: bool) -> Fate:
    if story is not None and story.status == "completed":
        seconds = max(0.0, (story.last_ms - trigger.sent_ms) / 1000)
        return Fate(trigger, "completed", job_id=story.job_id, attempts=story.attempts, seconds=seconds)
    if letter is not None:
        job_id = letter.job_id or (story.job_id if story is not None else "")
        return Fate(trigger, "dead letter", letter.reason, job_id, letter.receives)
    if handled and not trigger.wants_job:
        return Fate(trigger, "done", job_id=trigger.job_id, attempts=1)
    if story is not None:
        return Fate(trigger, "lost", job_id=story.job_id, attempts=story.attempts)
    return Fate(trigger, "lost", job_id=trigger.job_id)


def differing(fates: Iterable[Fate], records: Mapping[str, JobRecord], dead: Collection[str]) -> list[Fate]:
    """Triggers whose job has another record than its fate, lost ones and duplicates apart. `dead`: ids of jobs that are dead letters; a trigger that
    is one has no record, nor has one that asked for no job."""
    found = []
    for fate in fates:
        record = records.get(fate.job_id)
        wanted = Status.COMPLETED if fate.word == "completed" else Status.DEAD if fate.job_id in dead else None
        if fate.word not in ("lost", "duplicate") and (record.status if record else None) is not wanted:
            found.append(fate)
    return found


@dataclass(frozen=True, slots=True)
class FateKind:
    """Triggers with the same text that ended alike. `tries` is `-`, `1` or `1 to 3`. `median_seconds`: None if none completed."""

    count: int
    what: str
    word: Word
    reason: str
    tries: str
    median_seconds: float | None


def kinds_of(fates: Sequence[Fate]) -> list[FateKind]:
    """The kinds, in order of first appearance."""
    kinds: dict[tuple[str, Word, str], list[Fate]] = {}
    for fate in fates:
        kinds.setdefault((fate.trigger.what, fate.word, fate.reason), []).append(fate)
    return [_kind(*key, group) for key, group in kinds.items()]


def _kind(what: str, word: Word, reason: str, group: list[Fate]) -> FateKind:
    took = [fate.seconds for fate in group if fate.seconds is not None]
    tries = sorted(fate.attempts for fate in group)
    return FateKind(len(group), what, word, reason, _from_to(tries[0], tries[-1]), median(took) if took else None)


def _from_to(least: int, most: int) -> str:
    if most == 0:
        return "-"
    return str(most) if least == most else f"{least} to {most}"
