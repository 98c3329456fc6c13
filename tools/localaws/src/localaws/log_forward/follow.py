"""Output of one container, read to its end.

`docker logs --follow` ends when the container does, and also when the engine or the container is restarted: then reading goes on behind the last
line. The engine keeps what a container wrote, however slowly it is read: the container never waits for the reader.

`docker logs --timestamps` puts the time before each piece that the engine stored. The engine cuts a long line (16 KiB with json-file) and gives all
its pieces the time of the first; in the output they stand behind each other with that same time between them (seen with engine 20.10; the daemon's
logger/copier.go). So inside a line its own time, to the nanosecond, is a seam and no text.

What cannot be mended: where a seam is inside a character, json-file itself keeps U+FFFD for each part of it.
"""

from __future__ import annotations

import os
import re
import selectors
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import IO, TYPE_CHECKING

from localaws.docker import DockerFailed, NoDocker, end

if TYPE_CHECKING:
    from localaws.docker import Docker

CHUNK_BYTES = 65_536
LOOK_SECONDS = 0.1
"""How often a silent container's reader looks up: for batches that are due, and whether to stop."""
AGAIN_SECONDS = 0.5
ANSWER_SECONDS = 30.0
_PIPES = ("stdout", "stderr")
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


class Follow:
    """Owns the position in one container's output."""

    def __init__(self, docker: Docker, container: str, stop: Event) -> None:
        """`container` is an id or a name; `stop` ends the following after what is there now."""
        self._docker = docker
        self._container = container
        self._stop = stop
        self._last = dict.fromkeys(_PIPES, "")

    def lines(self) -> Iterator[Line | None]:
        """Every line once; None at least ten times a second while there is nothing. Lines of stdout and of stderr each in their order.

        A line without a stamp is the docker program's: its reason for giving no output.

        Raises:
            NoDocker: the program is not installed.
        """
        while True:
            before = dict(self._last)
            yield from self._read("--follow")
            if self._stop.is_set() or not self._is_running():
                break
            if self._last == before:  # an engine that ends each follow at once is not asked as fast as it answers
                self._stop.wait(AGAIN_SECONDS)
        # What came between the end of the following and the end of the container, or until now. Where the container is gone, that was all.
        for line in self._read():
            if line is None or line.stamp:
                yield line

    def _read(self, *how: str) -> Iterator[Line | None]:
        known = dict(self._last)
        since = ("--since", _shortly_before(max(known.values()))) if any(known.values()) else ()
        process = self._docker.start(
            "logs", *how, "--timestamps", *since, self._container, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            for pipe, line in _lines_of(process, self._stop if how else Event()):
                if line is None or not line.stamp:
                    yield line
                elif line.stamp > known[pipe]:  # else it was read before
                    self._last[pipe] = line.stamp
                    yield line
        finally:
            end(process)

    def _is_running(self) -> bool:
        try:
            said = self._docker.run(
                "inspect", "--format", "{{.State.Running}}", self._container, timeout=ANSWER_SECONDS
            )
        except (DockerFailed, NoDocker):
            return False
        return said.strip() == "true"


def _shortly_before(stamp: str) -> str:
    """A second earlier: a line of the other pipe may have been written first and read later."""
    second = datetime.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC) - timedelta(seconds=1)
    return f"{second:%Y-%m-%dT%H:%M:%S}{stamp[19:]}"


def _lines_of(process: subprocess.Popen[str], stop: Event) -> Iterator[tuple[str, Line | None]]:
    """From both pipes until both end, or `stop` is set."""
    pipes: dict[str, IO[str]] = {name: getattr(process, name) for name in _PIPES}
    readers = {name: LineReader() for name in _PIPES}
    with selectors.DefaultSelector() as selector:
        for name, pipe in pipes.items():
            selector.register(pipe, selectors.EVENT_READ, name)
        while readers and not stop.is_set():
            ready = [key for key, _ in selector.select(LOOK_SECONDS)]
            # All at once, before anybody waits for AWS with a line of one of them. As bytes: a seam may be inside a character.
            chunks = [(key, os.read(key.fd, CHUNK_BYTES)) for key in ready]
            for key, chunk in chunks:
                if not chunk:
                    selector.unregister(key.fileobj)
                reader = readers[key.data] if chunk else readers.pop(key.data)
                for line in reader.feed(chunk) if chunk else reader.close():
                    yield key.data, line
            yield _PIPES[0], None
