"""Conditions that select dead letters: a letter is selected if all conditions that are set hold."""

from __future__ import annotations

from dataclasses import dataclass

from jobctl.queries.dead_letter import DeadLetter


@dataclass(frozen=True)
class Selection:
    """`ids` are job ids or MessageIds; empty fields select all. `everything` states that no condition is intended."""

    ids: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    older_than_seconds: float | None = None
    everything: bool = False

    @property
    def says_nothing(self) -> bool:
        """Whether there is neither a condition nor `everything`: a forgotten option must not empty a queue. `--queue` alone is no condition."""
        return not (self.everything or self.ids or self.reasons or self.types or self.older_than_seconds is not None)

    def text(self) -> str:
        """The conditions as they are typed; `--all` without one."""
        age = "" if self.older_than_seconds is None else f"--older-than {self.older_than_seconds:g}s"
        named = {"--reason ": self.reasons, "--type ": self.types, "": self.ids}
        return (
            " ".join([*(f"{name}{one}" for name, ones in named.items() for one in sorted(ones)), *filter(None, [age])])
            or "--all"
        )

    def takes(self, letter: DeadLetter, now_ms: int) -> bool:
        """Whether this letter is selected, at that time."""
        return (
            (not self.ids or bool(self.ids & {letter.message_id, letter.job_id}))
            and (not self.reasons or letter.reason in self.reasons)
            and (not self.types or letter.job_type in self.types)
            and (self.older_than_seconds is None or letter.age_seconds(now_ms) > self.older_than_seconds)
        )


def reason_named(text: str) -> str:
    """The reason for text as typed: `moved by SQS` is `moved_by_sqs`."""
    return "_".join(text.split()).lower() if text.lower().replace("_", " ") == "moved by sqs" else text
