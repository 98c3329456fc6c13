"""The end of a process, whatever a handler left in it: real processes, because it is about exit codes and what still runs."""

from __future__ import annotations

import sys
from subprocess import run

import pytest

from jobqueue.leaving import MAX_CALLBACKS_SECONDS, MAX_THREADS_SECONDS

pytestmark = pytest.mark.slow

PROLOGUE = """
import asyncio, atexit, concurrent.futures, os, sys, threading, time
from jobqueue.leaving import leave
never = threading.Event()
atexit.register(lambda: print("atexit ran"))
"""
BOUND_SECONDS = MAX_THREADS_SECONDS + MAX_CALLBACKS_SECONDS
SLACK_SECONDS = 20.0
"""Interpreters that start on a busy machine; what hangs, hangs for ever."""

HUNG = {
    "executor": "concurrent.futures.ThreadPoolExecutor().submit(never.wait)",
    "to_thread": """
threading.Thread(target=lambda: asyncio.run(asyncio.to_thread(never.wait)), daemon=True).start()
while not any(t.name.startswith("asyncio_") for t in threading.enumerate()): time.sleep(0.01)""",
    "thread": "threading.Thread(target=never.wait).start()",
    "many threads": "[threading.Thread(target=never.wait).start() for _ in range(50)]",
}


def leaving(code: str, exit_code: int = 70) -> tuple[int, str, str]:
    """Exit code, stdout and stderr; fails where it takes longer than the bound."""
    done = run(
        [sys.executable, "-c", f"{PROLOGUE}\n{code}\nleave({exit_code})"],
        capture_output=True,
        text=True,
        timeout=BOUND_SECONDS + SLACK_SECONDS,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("hung", HUNG)
def test_threads_that_hang_hold_nobody_up_and_the_rest_of_the_end_is_run(hung: str) -> None:
    code, out, err = leaving(HUNG[hung])
    assert (code, out) == (70, "atexit ran\n")
    assert "did not end in 2 s" in err


def test_threads_that_end_are_waited_for() -> None:
    end = "threading.Thread(target=lambda: (time.sleep(0.2), sys.stdout.write('thread ended\\n'))).start()"
    pool = "concurrent.futures.ThreadPoolExecutor().submit(lambda: (time.sleep(0.2), sys.stdout.write('work ended\\n'))).result"
    code, out, err = leaving(f"{end}\n{pool}", 0)
    assert (code, sorted(out.splitlines()), err) == (0, ["atexit ran", "thread ended", "work ended"], "")


def test_an_atexit_function_that_hangs_is_left() -> None:
    for also in ("", HUNG["thread"]):
        assert leaving(f"print('before'); atexit.register(never.wait)\n{also}")[:2] == (70, "before\n")


def test_what_hangs_while_the_interpreter_is_taken_down_is_not_reached() -> None:
    code, out, _ = leaving(
        "class Hangs:\n    def __del__(self): never.wait()\nhangs = Hangs(); hangs.self = hangs; sys.modules['x'] = hangs",
        3,
    )
    assert (code, out) == (3, "atexit ran\n")


def test_a_closed_stdout_changes_no_exit_code() -> None:
    code, _, _ = leaving("sys.stdout.close(); sys.stderr = None; atexit._clear()", 0)
    assert code == 0


def test_where_no_thread_can_be_started_it_ends_at_once() -> None:
    broken = 'def start(self): raise RuntimeError("can\'t start new thread")\nthreading.Thread.start = start'
    code, _, _ = leaving(f"{HUNG['executor']}\n{broken}", 5)
    assert code == 5
