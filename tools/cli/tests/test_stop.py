"""Signals that stop a tool: the first is seen where the tool waits, the second interrupts at once."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from jobctl.stop import Stopped, StopSignals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_seen_where_the_tool_waits_and_not_before(number: signal.Signals) -> None:
    with StopSignals() as stop:
        stop.check()
        signal.raise_signal(number)
        with pytest.raises(Stopped):
            stop.wait(60)


def test_a_second_signal_interrupts_at_once() -> None:
    with StopSignals():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_the_handlers_of_before_are_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with StopSignals():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


AT_EVERY_LINE = """
import signal, sys
from jobctl.stop import Stopped, StopSignals

for line in range(60):
    left = line

    def trace(frame, event, arg):
        global left
        left -= 1
        if left == 0:
            sys.settrace(None)
            signal.raise_signal(signal.SIGTERM)
        return trace

    with StopSignals() as stop:
        sys.settrace(trace)
        try:
            stop.wait(0.01)
        except Stopped:
            pass
        finally:
            sys.settrace(None)
"""


def test_a_signal_may_come_at_any_line_of_the_waiting() -> None:
    """In a process of its own: one that comes while a lock of the waiting is held would wait for it for ever."""
    subprocess.run([sys.executable, "-c", AT_EVERY_LINE], check=True, timeout=100)
