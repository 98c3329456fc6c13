"""Cleanup in forked children of this process. `multiprocessing` forks by default on Linux up to Python 3.13.

A child is a copy with one thread: locks that other threads held stay locked, what they were about to write is there twice, and the parent's signal
handlers drain nothing. The owner of such state registers with `in_child` how it is made harmless; only this module calls `os.register_at_fork`.
`subprocess` and spawned children start anew and need none of this.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import local
from types import MethodType
from weakref import WeakMethod

logger = logging.getLogger(__name__)

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""Held back from a child until its `in_child` actions ran: Python forgets those that came before, and `Process.terminate` would wait for ever."""

_actions: list[Callable[[], Callable[[], object] | None]] = []
_mask = local()
_is_child = False
_has_forked = False


def in_child(action: Callable[[], object]) -> None:
    """Calls `action` in every child that is forked from now on, in the one thread that it has, before anything else runs there.

    It must be short and may raise nothing that matters: the child goes on. A bound method does not keep its object alive.
    """
    _actions[:] = [kept for kept in _actions if kept() is not None]
    _actions.append(WeakMethod(action) if isinstance(action, MethodType) else lambda: action)


def is_child() -> bool:
    """Whether this process was forked from one that had imported this module: it has none of the runtime's threads."""
    return _is_child


def has_forked() -> bool:
    """Whether this process has forked: others may write to its stdout now."""
    return _has_forked


def end_child() -> None:
    """Ends this process if it is a child: one that comes back out of a handler must not go on as a second worker. Call it in a `finally`.

    Its exit code is what Python would make of the exception that passes by.
    """
    if not _is_child:
        return
    error = sys.exc_info()[1]
    if isinstance(error, SystemExit):
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    else:
        code = int(error is not None)
    logger.warning("a forked child came back out of a handler; it ends here. Let it end with os._exit", exc_info=error)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
    os._exit(code & 0xFF)


def _before() -> None:
    _mask.before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)


def _after_in_parent() -> None:
    global _has_forked
    _has_forked = True
    signal.pthread_sigmask(signal.SIG_SETMASK, _mask.before)


def _after_in_child() -> None:
    global _is_child, _has_forked
    _is_child = _has_forked = True
    try:
        for action_of in _actions:
            action = action_of()
            if action is not None:
                action()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, _mask.before)


os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
