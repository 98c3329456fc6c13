"""Exit of a service's process: everything that a normal exit runs, within a bound; then the process ends, whatever threads handlers left.

Python joins every thread of an executor (`ThreadPoolExecutor`, `asyncio.to_thread`) and every non-daemon thread before it exits, for as long as
that takes: a worker that hangs would report that it has drained and live on until it is killed.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import NoReturn

from jobqueue.line_writer import LINES_THREAD

logger = logging.getLogger(__name__)

_LASTING = frozenset({LINES_THREAD, "aws-wire", "aws-credentials"})
"""The runtime's own threads that nothing ends: of lines, of calls to AWS, of credentials."""

MAX_THREADS_SECONDS = 2.0
"""Time for non-daemon threads to end, executors' included."""

MAX_CALLBACKS_SECONDS = 2.0
"""Time for `atexit` functions, those of coverage, `multiprocessing` and `logging` among them. Ours, both: by default a stop's budgets leave 10 s."""


def leave(code: int) -> NoReturn:
    """Ends the process with this exit code: threads are joined, `atexit` functions run, files flushed, then `os._exit`. Main thread only."""
    joined, claim = Event(), Lock()
    try:
        Thread(target=_enforce, args=(code, joined, claim), name="leaving", daemon=True).start()
    except RuntimeError:  # no thread can be started: nothing would bound what follows
        _flush()
        os._exit(code)
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 (what the interpreter calls at this point, before atexit's)
    joined.set()
    if claim.acquire(blocking=False):
        _run_callbacks()
        os._exit(code)
    while True:  # too late: the other thread does it
        Event().wait()


def _enforce(code: int, joined: Event, claim: Lock) -> None:
    try:
        if joined.wait(MAX_THREADS_SECONDS):
            Event().wait(MAX_CALLBACKS_SECONDS)
        elif claim.acquire(blocking=False):
            _leave_threads()
        _flush_lines()
    finally:
        os._exit(code)


def _leave_threads() -> None:
    ours = (threading.main_thread(), threading.current_thread())
    left = [thread.name for thread in threading.enumerate() if thread not in ours and thread.name not in _LASTING]
    logger.warning(
        "threads that handlers left did not end in %g s: the process ends without them",
        MAX_THREADS_SECONDS,
        extra={"threads": left[:20]},
    )
    callbacks = Thread(target=_run_callbacks, name="atexit", daemon=True)
    callbacks.start()
    callbacks.join(MAX_CALLBACKS_SECONDS)


def _run_callbacks() -> None:
    _flush()  # first: one of them may hang
    atexit._run_exitfuncs()  # noqa: SLF001 (there is no public name for what `os._exit` leaves out)
    _flush()


def _flush_lines() -> None:
    """The runtime's lines; `logging.shutdown` does not know their handler any more where a library configured `logging` anew. Bounded by itself."""
    for handler in logging.getLogger("jobqueue").handlers:
        handler.flush()


def _flush() -> None:
    _flush_lines()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # a handler replaced or closed it
            stream.flush()
