"""Which signals drain a worker, and which stop it at once."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from jobqueue.signals import SAME_STOP_SECONDS, STOP_SIGNALS, obey_stop_signals
from jobqueue.testing import ManualClock


@pytest.fixture(autouse=True)
def handlers_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Told:
    """What the handlers were told, in order."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.clock = ManualClock()
        obey_stop_signals(lambda: self.words.append("drain"), lambda: self.words.append("stop now"), self.clock.now)


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_the_first_signal_drains_whichever_it_is(number: signal.Signals) -> None:
    told = Told()
    signal.raise_signal(number)
    assert told.words == ["drain"]


def test_signals_within_two_seconds_are_one_stop_and_a_later_one_stops_now() -> None:
    told = Told()
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGTERM):
        signal.raise_signal(number)
        told.clock.advance(SAME_STOP_SECONDS / 2)
    assert told.words == ["drain"]
    signal.raise_signal(signal.SIGTERM)
    assert told.words == ["drain", "stop now"]


def test_under_nohup_a_closed_terminal_is_no_stop() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    told = Told()
    signal.raise_signal(signal.SIGHUP)
    assert told.words == []
