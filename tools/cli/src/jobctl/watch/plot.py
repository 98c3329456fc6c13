"""A plot in one line of text: a column for each number, from zero to the largest; `·` where the number is not known.

Textual's own Sparkline puts the smallest number at the bottom, so that a backlog that stays at 1,000 looks like an empty queue, and it has no gaps.
The height alone shows the value: no colours have to be distinguished.
"""

from __future__ import annotations

from collections.abc import Sequence

LEVELS = " ▁▂▃▄▅▆▇"
"""Without the full block, which would touch the line above."""
UNKNOWN = "·"


def plot(values: Sequence[float | None], columns: int) -> str:
    """Plots the last `columns` values. Zero is blank, any larger value is visible."""
    shown = list(values[-columns:]) if columns > 0 else []
    most = max((one for one in shown if one is not None), default=0)
    drawn = "".join(UNKNOWN if one is None else _level(one, most) for one in shown)
    return drawn.rjust(columns, UNKNOWN)


def _level(value: float, most: float) -> str:
    if value <= 0 or most <= 0:
        return LEVELS[0]
    return LEVELS[max(1, round(value / most * (len(LEVELS) - 1)))]
