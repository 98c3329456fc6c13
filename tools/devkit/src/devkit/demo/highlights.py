"""Choice of the trigger to show in detail, and the summary of all; the same on the terminal and on the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from devkit.demo.fates import Fate


def highlight(fates: Sequence[Fate]) -> Fate | None:
    """A completed job, preferably one that was tried again; else any."""
    return max(fates, key=lambda fate: (fate.word == "completed", fate.attempts), default=None)


def outcome_summary(fates: Sequence[Fate]) -> str:
    """A summary such as `5 triggers: 3 completed, 2 dead letters, 0 lost`."""
    counts = Counter(fate.word for fate in fates)
    dead = counts["dead letter"]
    parts = [f"{counts['completed']} completed", f"{dead} dead letter{'' if dead == 1 else 's'}"]
    if counts["done"]:
        parts.append(f"{counts['done']} done")
    parts.append(f"{counts['lost']} lost")
    triggers = "1 trigger" if len(fates) == 1 else f"{len(fates)} triggers"
    return f"{triggers}: {', '.join(parts)}"
