"""One run of a service: start the real process, watch it settle a backlog, and take two snapshots on the way.

Progress is read from the local AWS's control endpoint, so that watching costs the measured process nothing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from devkit.bench import machine
from devkit.bench.environment import clean
from devkit.bench.figures import Run, Snapshot

if TYPE_CHECKING:
    from types import TracebackType

    from devkit.bench.plan import JobPath, Size
    from localaws.fast_aws import FastAwsProcess

POLL_SECONDS = 0.02
STALLED_SECONDS = 60.0
_STOP_SECONDS = 90.0


class ConsumerError(RuntimeError):
    """The process ended or settled nothing more; the message ends with what it wrote to stderr."""


class ConsumerProcess:
    """One service as a process of its own, pinned, its lines thrown away. Leaving the context drains it."""

    def __init__(self, path: JobPath, environment: Mapping[str, str], core: int | None) -> None:
        self._module = path.module
        self._core = core
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        folder = Path(self._folder.name)
        self._errors = folder / "stderr"
        self._environment = {**clean(), **environment, "HEALTH_FILE": str(folder / "health")}
        self._process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.pid = 0

    def __enter__(self) -> Self:
        usable = os.sched_getaffinity(0) if self._core is not None else set()
        try:
            machine.Cores.pin(self._core)  # a child inherits it: nothing of the start runs elsewhere
            with self._errors.open("wb") as errors:
                self.started_at = time.monotonic()
                self._process = subprocess.Popen(
                    [sys.executable, "-m", self._module],
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                )
        finally:
            if usable:
                os.sched_setaffinity(0, usable)
        self.pid = self._process.pid
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._process
        assert process is not None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM if error is None else signal.SIGKILL)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._folder.cleanup()

    def check(self) -> None:
        """Raises ConsumerError when the process is gone."""
        assert self._process is not None
        if self._process.poll() is not None:
            raise self.failure(f"ended with exit code {self._process.returncode}")

    def failure(self, what: str) -> ConsumerError:
        """The error to raise, with the end of the process's stderr."""
        output = self._errors.read_text(errors="replace")[-2000:]
        return ConsumerError(f"python -m {self._module} {what}; stderr: {output or 'empty'}")


class Watch:
    """Measures one consumer through the local AWS and /proc. `beside`: the other processes of the bench."""

    def __init__(self, consumer: ConsumerProcess, fast_aws: FastAwsProcess, beside: tuple[int, ...]) -> None:
        self._consumer = consumer
        self._fast_aws = fast_aws
        self._beside = beside

    def run(self, size: Size) -> Run:
        """Waits for the warm-up and then for the measured messages.

        Raises:
            ConsumerError: the process ended, or nothing was settled for a minute.
        """
        first = self.until_deleted(size.warm_up)
        last = self.until_deleted(first.deleted + size.measured)
        operations = self._fast_aws.calls()["operations"]
        return replace(
            Run.between(first, last),
            first_receive_seconds=operations["ReceiveMessage"]["first_at"] - self._consumer.started_at,
            peak_mb=machine.peak_mb(self._consumer.pid),
        )

    def until_deleted(self, count: int) -> Snapshot:
        """The first snapshot with so many messages deleted."""
        moved_at, deleted = time.monotonic(), 0
        while True:
            snapshot = self._look()
            if snapshot.deleted >= count:
                return snapshot
            if snapshot.deleted > deleted:
                moved_at, deleted = snapshot.at, snapshot.deleted
            if snapshot.at > moved_at + STALLED_SECONDS:
                raise self._consumer.failure(f"settled nothing for {STALLED_SECONDS:.0f} s after {deleted} messages")
            time.sleep(POLL_SECONDS)

    def _look(self) -> Snapshot:
        self._consumer.check()
        calls = self._fast_aws.calls()
        at, cpu = time.monotonic(), machine.cpu_seconds(self._consumer.pid)
        time_of_all = machine.MachineTime.now()
        operations = calls["operations"]
        return Snapshot(
            at=at,
            cpu_seconds=cpu,
            received=_count(operations, "ReceiveMessage", "entries"),
            deleted=_count(operations, "DeleteMessageBatch", "entries"),
            calls=calls["total"],
            ours=cpu + sum(machine.cpu_seconds(pid) for pid in self._beside),
            busy=time_of_all.busy,
            stolen=time_of_all.stolen,
        )


def _count(operations: Mapping[str, Any], operation: str, field: str) -> int:
    return int(operations.get(operation, {}).get(field, 0))
