"""Axes of the plots: where a value lies, in percent from left to right and in pixels from top to bottom.

Percent across, so that one plot fits a phone and a wide screen while its letters keep their size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

TOP, BOTTOM, HEIGHT = 24.0, 204.0, 230.0
"""Pixels. Below the bottom stand the seconds."""
LEFT, RIGHT = 1.0, 99.0
"""Percent. A point at the very edge is not cut off."""
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MIN_STEP = 0.1
MIN_VALUE = 0.001
"""Of a scale by powers of ten: a millisecond, as exact as the times are."""
MAX_MARKS = 9
_DECADES = [mantissa * 10.0**power for power in range(-3, 9) for mantissa in (1, 2, 5)]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line or a mark of an axis, and what it says."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From 0 to `top`, in steps that people count in. `last`: where the marks end, which is below `top` where that is no step."""

    top: float
    step: float

    @classmethod
    def upright(cls, most: float) -> Axis:
        """Ends with a step at or above `most`."""
        step = _step(most, 4)
        return cls(max(step, math.ceil(round(most / step, 6)) * step), step)

    @classmethod
    def across(cls, most: float) -> Axis:
        """Ends at `most`."""
        return cls(max(most, MIN_STEP), max(1.0, _step(most, 6)))

    def values(self) -> list[float]:
        """What is marked."""
        return [number * self.step for number in range(math.floor(round(self.top / self.step, 6)) + 1)]

    def x(self, value: float) -> float:
        """Percent from the left."""
        return LEFT + (RIGHT - LEFT) * min(max(value / self.top, 0.0), 1.0)

    def y(self, value: float) -> float:
        """Pixels from above."""
        return BOTTOM - (BOTTOM - TOP) * min(max(value / self.top, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class LogAxis:
    """From `low` to `high`, both among 1, 2 and 5 times a power of ten: what takes ten times as long lies as far above as anywhere else."""

    low: float
    high: float

    @classmethod
    def upright(cls, least: float, most: float) -> LogAxis:
        """With all values within; `MIN_VALUE` and less lie on the lowest line."""
        low = max(value for value in _DECADES if value <= max(least, MIN_VALUE))
        return cls(low, min(value for value in _DECADES if value >= most and value > low))

    def values(self) -> list[float]:
        """What is marked: every second one where there would be many."""
        marked = [value for value in _DECADES if self.low <= value <= self.high]
        return [value for value in marked if len(marked) <= MAX_MARKS or f"{value:e}"[0] == "1"]

    def y(self, value: float) -> float:
        """Pixels from above."""
        share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return BOTTOM - (BOTTOM - TOP) * min(share, 1.0)


def number(value: float) -> str:
    """Without a tail of zeros: `2`, `0.5`."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _step(most: float, wanted: int) -> float:
    """The smallest usual step with which `wanted` of them reach `most`."""
    rough = max(most / wanted, MIN_STEP)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in STEPS if step * power >= rough * 0.999999)
