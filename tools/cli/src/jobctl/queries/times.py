"""Times in this machine's time zone (TZ), and durations, as texts.

Times are given in milliseconds since 1970.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


def zone_at(at_ms: float) -> tzinfo:
    """This machine's time zone (TZ) at that time, as a fixed offset: right in summer and winter."""
    zone = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone().tzinfo
    assert zone is not None
    return zone


def local_time(at_ms: float) -> str:
    """Date, time and offset: `2026-11-23 23:45:05 +01:00`."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone()
    return f"{at:%Y-%m-%d %H:%M:%S} {_offset(at)}"


def clock_time(at_ms: float) -> str:
    """A time of day, for a table whose head has the offset: `23:45:05`."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC).astimezone():%H:%M:%S}"


def day_time(at_ms: float) -> str:
    """Day and time, for a table whose head has the offset: `11-23 23:45:05`."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC).astimezone():%m-%d %H:%M:%S}"


def how_long(seconds: float) -> str:
    """A duration to about two digits: `42 s`, `5 min`, `3 h`, `2 d`."""
    for length, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {word}"
    return f"{seconds:.0f} s"


def offset_at(at_ms: float) -> str:
    """The offset of local time from UTC at that time: `+01:00`."""
    return _offset(datetime.fromtimestamp(at_ms / 1000, UTC).astimezone())


def _offset(at: datetime) -> str:
    text = f"{at:%z}"
    return f"{text[:3]}:{text[3:5]}"
