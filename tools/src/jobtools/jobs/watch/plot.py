"""How is a row of numbers drawn in one line? Layer: tools, pure. A column a number, from zero to the largest; `·` where nobody knows.

Textual's own Sparkline puts the smallest number at the bottom, so a backlog that stays at 1,000 looks like an empty queue; and knows no gaps.
Height alone says how much: no colour has to be told from another.
"""

from __future__ import annotations

from collections.abc import Sequence

LEVELS = " ▁▂▃▄▅▆▇"
"""Never a full block: it would touch the line above."""
UNKNOWN = "·"


def plot(values: Sequence[float | None], columns: int) -> str:
    """The last `columns` of them. Zero is blank, anything above is seen."""
    shown = list(values[-columns:]) if columns > 0 else []
    most = max((one for one in shown if one is not None), default=0)
    drawn = "".join(UNKNOWN if one is None else _level(one, most) for one in shown)
    return drawn.rjust(columns, UNKNOWN)


def _level(value: float, most: float) -> str:
    if value <= 0 or most <= 0:
        return LEVELS[0]
    return LEVELS[max(1, round(value / most * (len(LEVELS) - 1)))]
