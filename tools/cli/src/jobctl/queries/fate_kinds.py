"""Fates of triggers, grouped by kind: the rows of a summary on a terminal or on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from jobctl.queries.fate import Fate, Word


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
