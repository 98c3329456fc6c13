"""Forked children: instruments, and what comes back out of a handler. Real processes, because it is about their ends."""

from __future__ import annotations

import signal
import sys
from subprocess import PIPE, run

import pytest

from jobqueue import forks

pytestmark = pytest.mark.slow


def test_a_forked_child_dies_of_a_signal_that_came_while_it_was_made() -> None:
    """`before` handlers run before ours: the signal is there already when the child begins."""
    code = """
import os, signal
from jobqueue import forks
from jobqueue.signals import obey_stop_signals
obey_stop_signals(lambda: None, lambda: None)
os.register_at_fork(after_in_child=lambda: None)
forks.in_child(lambda: os.kill(os.getpid(), signal.SIGTERM))
child = os.fork()
if child == 0:
    signal.pause()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
os.kill(os.getpid(), signal.SIGTERM)
print("the parent obeys as before")
"""
    done = run([sys.executable, "-c", code], stdout=PIPE, timeout=60, check=True)
    assert done.stdout.decode().splitlines() == [str(-signal.SIGTERM), "the parent obeys as before"]


def test_this_process_is_no_child() -> None:
    assert forks.is_child() is False


@pytest.mark.parametrize(
    ("end", "exit_code"), [("return", 0), ("raise ValueError('x')", 1), ("sys.exit(7)", 7), ("sys.exit('said')", 1)]
)
def test_a_forked_child_that_comes_back_out_of_a_handler_ends(end: str, exit_code: int) -> None:
    code = f"""
import os, sys, threading
from jobqueue import forks
def handler():
    global child
    child = os.fork()
    if child == 0:
        {end}
def worker():
    try:
        handler()
    finally:
        forks.end_child()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
thread = threading.Thread(target=worker)
thread.start()
thread.join()
"""
    done = run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True)
    assert done.stdout.decode().split() == [str(exit_code)]
