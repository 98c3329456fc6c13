"""Telemetry that is free until it is needed; made by `bootstrap` in the main thread.

Loading the OpenTelemetry SDK takes about a tenth of a second of CPU, as long as an SQS client, and a process must issue its first receive
before anything else. So nothing is imported here: the wrappers ask for the SDK when a first receive is back, and `start` loads it ahead of
that in a thread, while the first long poll waits. The exporters are loaded later still (`exporters.py`). Nothing recorded meanwhile is
lost: the first that needs the SDK waits for it, and what is measured is kept without it (`measurements.py`).

A collector that is dead or slow costs one log line, and one when it is back (`export_health.py`): spans wait in the SDK's bounded queue
(OTEL_BSP_MAX_QUEUE_SIZE, 2,048), which drops what does not fit; exports run in the SDK's own daemon threads, with a timeout.

An SDK that cannot be loaded costs one log line: it is tried once, and the process goes on without telemetry (`export_plan.py` refuses before
the start what the SDK is known to refuse). What it raises later stays behind the border of `harmless.py`.
"""

from __future__ import annotations

import logging
import time
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from jobqueue.consumer.job_events import text_of
from jobqueue.telemetry.export_plan import ExportPlan
from jobqueue.telemetry.harmless import harmless
from jobqueue.telemetry.measurements import Measurements
from jobqueue.telemetry.observer import OtelObserver
from jobqueue.telemetry.otel_log_filter import filter_otel_logs
from jobqueue.telemetry.passive import PassiveObserver
from jobqueue.telemetry.queue import TracedQueue
from jobqueue.telemetry.sender import TracedSender

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobqueue.consumer.ports import Queue, Sender
    from jobqueue.telemetry.instruments import Instruments
    from jobqueue.telemetry.providers import Providers

logger = logging.getLogger("jobqueue.telemetry")

HEAD_START_SECONDS = 0.15
"""What `start` leaves to the first receive: an import holds the interpreter, and would stand in its way."""


class Telemetry:
    """Owns the providers of one process. Without an OTLP endpoint, or with OTEL_SDK_DISABLED, its observer is passive and wraps are none."""

    def __init__(self, service: str, version: str, environ: Mapping[str, str]) -> None:
        """Reads the OTEL_* variables of `environ`; the SDK itself reads more of them from the process's own.

        Raises:
            SettingError: one has a value that we do not know.
        """
        self._plan = ExportPlan.read(environ)
        self._service = service
        self._version = version
        self._measurements = Measurements(explicit=self._plan.aggregation.startswith("explicit"))
        self._lock = Lock()
        self._providers: Providers | None = None
        self._tried = False
        self._needed = Event()

    @property
    def exports(self) -> bool:
        """Whether anything is exported at all."""
        return self._plan.traces is not None or self._plan.metrics is not None

    def observer(self, queue: str) -> OtelObserver | PassiveObserver:
        """The observer of the consumer of this queue."""
        return OtelObserver(self.instruments, self._measurements, queue) if self.exports else PassiveObserver()

    def queue(self, inner: Queue, server_address: str | None = None) -> Queue:
        """The queue, traced. `server_address` is the host of its URL."""
        return TracedQueue(inner, self.instruments, self._measurements, server_address) if self.exports else inner

    def sender(self, inner: Sender, server_address: str | None = None, *, letters: bool = False) -> Sender:
        """The sender, traced. `letters`: it sends dead letters."""
        if not self.exports:
            return inner
        return TracedSender(inner, self.instruments, self._measurements, server_address, letters=letters)

    def start(self) -> None:
        """Call it when the pollers start: loads the SDK a moment later, in a daemon thread, or sooner when it is needed sooner."""
        if self.exports:
            harmless(None, Thread(target=self._load_ahead, name="telemetry-load", daemon=True).start)

    def instruments(self) -> Instruments | None:
        """The loaded SDK, or None where it cannot be loaded. Blocks while it is loading, any thread."""
        providers = self._providers if self._tried else self._load()
        return None if providers is None else providers.instruments

    def flush(self, seconds: float) -> bool:
        """Exports what is left and ends; for at most `seconds`, whatever the collector does. False where it was cut off there.

        Call it once, at the stop: what is recorded later is dropped. Exports that hang are abandoned, in daemon threads.
        """
        if not self.exports:
            return True
        deadline = time.monotonic() + seconds
        providers = self._providers if self._tried else self._load()
        if providers is None:
            return True
        threads = [
            Thread(target=harmless, args=(None, end), name="telemetry-flush", daemon=True)
            for end in providers.shut_downs()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        whole = not any(thread.is_alive() for thread in threads)
        if not whole:
            filter_otel_logs().failed("flush", f"the last export did not end in {seconds} s, TELEMETRY_FLUSH_SECONDS")
        return whole

    def _load_ahead(self) -> None:
        if not self._needed.wait(HEAD_START_SECONDS):
            self._load()

    def _load(self) -> Providers | None:
        self._needed.set()
        with self._lock:
            if not self._tried:
                try:
                    self._providers = self._loaded()
                except BaseException as error:  # noqa: BLE001 (the SDK's and its plug-ins' own errors, at their import too)
                    logger.warning(
                        "telemetry is off: the OpenTelemetry SDK cannot be loaded (%s: %s). Jobs go on without it.",
                        type(error).__name__,
                        text_of(error),
                    )
                finally:
                    self._tried = True  # behind the providers: who sees it takes them without the lock
            return self._providers

    def _loaded(self) -> Providers:
        export_health = filter_otel_logs()
        from jobqueue.telemetry.providers import Providers  # the late import that all this is about

        return Providers(self._service, self._version, self._plan, self._measurements, export_health)
