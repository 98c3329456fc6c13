"""Output of one container, read to its end.

`docker logs --follow` ends when the container does, and also when the engine or the container is restarted: then reading goes on behind the last
line. The engine keeps what a container wrote, however slowly it is read: the container never waits for the reader.
"""

from __future__ import annotations

import os
import selectors
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import IO, TYPE_CHECKING

from localaws.docker.program import DockerFailed, NoDocker, end
from localaws.log_forward.lines import Line, LineReader

if TYPE_CHECKING:
    from localaws.docker import Docker

CHUNK_BYTES = 65_536
LOOK_SECONDS = 0.1
"""How often a silent container's reader looks up: for batches that are due, and whether to stop."""
AGAIN_SECONDS = 0.5
ANSWER_SECONDS = 30.0
_PIPES = ("stdout", "stderr")


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
