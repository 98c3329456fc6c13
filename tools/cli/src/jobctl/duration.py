"""Durations as they are typed: `90s`, `15m`, `2h`, `3d`, `1w`; a bare number is seconds."""

from __future__ import annotations

import re
import time

from jobctl.errors import UsageError

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw]?)", re.IGNORECASE)


def read_seconds(text: str) -> float:
    """The duration in seconds.

    Raises:
        UsageError: the text is not a duration.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is not a duration.", "write it as 90s, 15m, 2h or 3d")
    return float(match[1]) * _SECONDS[match[2].lower()]


def ago_ms(text: str) -> int:
    """The time that long ago, in milliseconds since 1970.

    Raises:
        UsageError: see `read_seconds`.
    """
    return int((time.time() - read_seconds(text)) * 1000)
