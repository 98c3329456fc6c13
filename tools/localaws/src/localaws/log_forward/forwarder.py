"""Threads that forward container output to CloudWatch Logs, one for each container; any thread may call.

A line is in the log stream 0.2 s after it was written, or sooner when there are many. A slow or absent Logs API delays the reading, never the
container and never another container's output.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from threading import Event, Lock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

from localaws.docker import NoDocker
from localaws.log_forward.follow import Follow
from localaws.log_forward.stream import Batch, LogStream

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

    from localaws.docker import Docker
    from localaws.log_forward.follow import Line

HOLD_SECONDS = 0.2
"""The longest that a line waits for others to share its call."""
STOP_SECONDS = 30.0


def tell_stderr(sentence: str) -> None:
    """Print one line on stderr."""
    print(sentence, file=sys.stderr, flush=True)


class Forwarder:
    """Owns the threads. Leaving it stops them, after what was written until then."""

    def __init__(self, docker: Docker, logs: CloudWatchLogsClient, tell: Callable[[str], None] = tell_stderr) -> None:
        """`tell` is called from any of the threads with what is wrong, once when it begins and once when it is over."""
        self._docker = docker
        self._logs = logs
        self._tell = tell
        self._stop = Event()
        self._give_up = Event()
        self._lock = Lock()
        self._following: dict[tuple[str, str, str], _Following] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def follow(self, container: str, group: str, stream: str) -> None:
        """From the container's first line to its end. `container` is an id or a name that exists.

        Called again for the same three, it goes on where it was: for a container that was started again.
        """
        key = (container, group, stream)
        with self._lock:
            if self._stop.is_set():
                raise RuntimeError("The forwarder is stopped")
            known = self._following.get(key)
            if known is None:
                written = LogStream(self._logs, group, stream, self._tell, self._give_up)
                known = self._following[key] = _Following(
                    Follow(self._docker, container, self._stop), written, self._tell
                )
            known.go_on()

    def wait(self, container: str, seconds: float) -> bool:
        """Wait until all that this container wrote is in its stream (it has ended then); False where that takes longer."""
        deadline = time.monotonic() + seconds
        with self._lock:
            asked = [known for key, known in self._following.items() if key[0] == container]
        return all(known.join(deadline - time.monotonic()) for known in asked)

    def stop(self, seconds: float = STOP_SECONDS) -> int:
        """Write what is there now and end the threads; after `seconds` a call that fails is not tried again.

        Returns the number of lines that are in no stream. May be called again.
        """
        with self._lock:
            self._stop.set()
            following = list(self._following.values())
        deadline = time.monotonic() + seconds
        for one in following:
            one.join(deadline - time.monotonic())
        self._give_up.set()
        for one in following:
            one.join(None)
        return sum(one.stream.lost for one in following)


class _Following:
    def __init__(self, follow: Follow, stream: LogStream, tell: Callable[[str], None]) -> None:
        self.stream = stream
        self._follow = follow
        self._tell = tell
        self._batch, self._due = Batch(), 0.0  # of the thread alone
        self._again = False
        self._lock = Lock()
        self._thread: Thread | None = None

    def go_on(self) -> None:
        with self._lock:
            self._again = True
            if self._thread is None:
                self._thread = Thread(target=self._run, name="forwarder", daemon=True)
                self._thread.start()

    def join(self, seconds: float | None) -> bool:
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(None if seconds is None else max(0.0, seconds))
        return thread is None or not thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._again:
                    self._thread = None
                    return
                self._again = False
            try:
                self._forward()
            except NoDocker as error:
                self._tell(f"container output is not forwarded: {error}")

    def _forward(self) -> None:
        told = False
        for line in self._follow.lines():
            if line is not None and line.stamp:
                self._take(line)
            elif line is not None and not told:
                self._tell(f"container output is not forwarded: {line.text}")
                told = True
            if self._batch and (self._batch.is_full() or time.monotonic() >= self._due):
                self._put()
        if self._batch:
            self._put()

    def _take(self, line: Line) -> None:
        if not line.text:
            return  # an event has at least one byte
        milliseconds = line.milliseconds()
        if not self._batch.add(milliseconds, line.text):
            self._put()
            self._batch.add(milliseconds, line.text)
        if len(self._batch) == 1:
            self._due = time.monotonic() + HOLD_SECONDS

    def _put(self) -> None:
        events, self._batch = self._batch.events(), Batch()
        self.stream.put(events)
