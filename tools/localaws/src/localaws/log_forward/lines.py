"""Whole lines from Docker's log bytes; one reader for each of stdout and stderr.

`docker logs --timestamps` puts the time before each piece that the engine stored. The engine cuts a long line (16 KiB with json-file) and gives all
its pieces the time of the first; in the output they stand behind each other with that same time between them (seen with engine 20.10; the daemon's
logger/copier.go). So inside a line its own time, to the nanosecond, is a seam and no text.

What cannot be mended: where a seam is inside a character, json-file itself keeps U+FFFD for each part of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

_STAMPED = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z ")
"""RFC 3339 with nine digits always: stamps can be compared as text."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end. `stamp` is Docker's; a line without one is a message of the docker program itself."""

    stamp: str
    text: str

    def milliseconds(self) -> int:
        """Since the epoch, as CloudWatch counts; 0 without a stamp."""
        if not self.stamp:
            return 0
        seconds = datetime.strptime(self.stamp[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
        return int(seconds.timestamp()) * 1000 + int(self.stamp[20:23])


class LineReader:
    """Owns the bytes of a line that has not ended."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def feed(self, chunk: bytes) -> list[Line]:
        """The lines that ended in this chunk."""
        *ended, rest = chunk.split(b"\n")
        lines = []
        for piece in ended:
            lines.append(_read(b"".join([*self._pieces, piece])))
            self._pieces.clear()
        if rest:
            self._pieces.append(rest)
        return lines

    def close(self) -> list[Line]:
        """The last line, if it has no end, as of a program that died while it wrote."""
        return self.feed(b"\n") if self._pieces else []


def _read(line: bytes) -> Line:
    stamped = _STAMPED.match(line)
    if stamped is None:
        return Line("", line.decode("utf-8", "replace"))
    text = line[stamped.end() :].replace(stamped[0], b"")
    return Line(stamped[0][:-1].decode(), text.decode("utf-8", "replace"))
