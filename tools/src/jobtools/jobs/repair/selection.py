"""Which dead letters are meant? Layer: tools, immutable, pure. A letter is meant when every condition that is set holds."""

from __future__ import annotations

from dataclasses import dataclass

from jobtools.look.dead_letter import DeadLetter


@dataclass(frozen=True)
class Selection:
    """`ids` are job ids or MessageIds; empty fields do not narrow. `everything` is how a person says that no condition is meant."""

    ids: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    older_than_seconds: float | None = None
    queues: frozenset[str] = frozenset()
    everything: bool = False

    @property
    def says_nothing(self) -> bool:
        """Neither a condition nor `everything`: nobody empties a queue by forgetting an option. A queue alone is no condition."""
        return not (self.everything or self.ids or self.reasons or self.types or self.older_than_seconds is not None)

    def takes(self, letter: DeadLetter, now_ms: int) -> bool:
        """Whether this letter is meant, now."""
        return (
            (not self.queues or letter.delivery.queue in self.queues)
            and (not self.ids or bool(self.ids & {letter.message_id, letter.job_id}))
            and (not self.reasons or letter.reason in self.reasons)
            and (not self.types or letter.job_type in self.types)
            and (self.older_than_seconds is None or letter.age_seconds(now_ms) > self.older_than_seconds)
        )


def reason_named(text: str) -> str:
    """A reason as a person types it: `moved by SQS` is `moved_by_sqs`."""
    return "_".join(text.split()).lower() if text.lower().replace("_", " ") == "moved by sqs" else text
