"""Delivery of container events to the tasks, from one `docker events` for all of them.

A thread of its own calls the takers. No event is lost: the stream begins at a time of the engine's own clock, taken before. When it breaks (the
engine restarts), every taker is given the present state of its containers, and the stream goes on.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from threading import Event as Flag
from threading import Lock, Thread

from localaws.docker import Docker, DockerFailed, NoDocker, end
from localaws.fargate.containers import ANSWER_SECONDS, Event, find_containers, of_project, read_event

AGAIN_SECONDS = 2.0
Take = Callable[[Event], None]


class Events:
    """Owns the stream. `follow` and `forget` may be called from any thread; a taker must not block."""

    def __init__(self, docker: Docker, project: str, tell: Callable[[str], None]) -> None:
        self._docker = docker
        self._project = project
        self._tell = tell
        self._takers: dict[str, Take] = {}
        self._lock = Lock()
        self._closing = Flag()
        self._process: subprocess.Popen[str] | None = None
        self._thread = Thread(target=self._run, name="docker-events", daemon=True)

    def start(self) -> None:
        """Start the stream; no event after the return is missed.

        Raises:
            NoDocker, DockerFailed: there is no engine to listen to.
        """
        self._process = self._open()
        self._thread.start()

    def follow(self, task_id: str, take: Take) -> None:
        """Call `take` with each event of the task's containers."""
        with self._lock:
            self._takers[task_id] = take

    def forget(self, task_id: str) -> None:
        """Stop delivering events of this task."""
        with self._lock:
            self._takers.pop(task_id, None)

    def close(self) -> None:
        """Ends the stream and the thread."""
        self._closing.set()
        with self._lock:
            process = self._process
        if process is not None:
            end(process)
        if self._thread.is_alive():
            self._thread.join()

    def _open(self) -> subprocess.Popen[str]:
        now = self._docker.run("info", "--format", "{{.SystemTime}}", timeout=ANSWER_SECONDS).strip()
        wanted = [f"--filter={one}" for one in ("type=container", "event=start", "event=die", "event=health_status")]
        return self._docker.start(
            "events", f"--since={now}", f"--filter={of_project(self._project)}", *wanted, "--format={{json .}}"
        )

    def _run(self) -> None:
        while not self._closing.is_set():
            assert self._process is not None
            last = self._read(self._process)
            while not self._closing.is_set():
                self._tell(f"Docker's events broke off, trying again: {last or 'the engine ended'}")
                self._closing.wait(AGAIN_SECONDS)
                try:
                    self._reopen()
                    break
                except (DockerFailed, NoDocker) as error:
                    last = str(error)

    def _read(self, process: subprocess.Popen[str]) -> str:
        """Read the stream until it ends; returns its last line that is no event."""
        last = ""
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line.startswith("{"):
                    self._pass_on(read_event(line))
                else:
                    last = line.strip() or last
        except ValueError:  # `close` has closed the pipe under us
            pass
        end(process)
        return last

    def _reopen(self) -> None:
        process = self._open()
        with self._lock:
            self._process = process
        if self._closing.is_set():
            end(process)
            return
        for found in find_containers(self._docker, self._project):
            for event in found.events():
                self._pass_on(event)

    def _pass_on(self, event: Event | None) -> None:
        if event is None:
            return
        with self._lock:
            take = self._takers.get(event.task_id)
        if take is not None:
            take(event)
