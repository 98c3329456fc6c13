"""Stop signals. SIGTERM comes from ECS, SIGINT from a terminal, SIGHUP from a terminal that closes; the first of them drains.

One stop often arrives as two signals: a process group and its leader, a wrapper that passes on what its child got already. So what follows within
`SAME_STOP_SECONDS` of the first belongs to it; a later one stops now.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from jobqueue import forks

if TYPE_CHECKING:
    from types import FrameType

STOP_SIGNALS = forks.STOP_SIGNALS

SAME_STOP_SECONDS = 2.0
"""How long after the first signal another one still belongs to the same stop. Ours: a wrapper needs less, and a
user waits longer before a second Ctrl-C."""


def obey_stop_signals(
    drain: Callable[[], object], stop_now: Callable[[], object], now: Callable[[], float] = time.monotonic
) -> None:
    """Sets the handlers; main thread only. Both are called in a signal handler, `now` gives monotonic seconds.

    SIGHUP stays ignored where it was ignored at the start: that is what `nohup` is for. Forked children get back what was there before: ours drain
    nothing there, so that `Process.terminate` would wait for ever.
    """
    first: float | None = None

    def obey(number: int, frame: FrameType | None) -> None:
        nonlocal first
        if first is None:
            first = now()
            drain()
        elif now() - first > SAME_STOP_SECONDS:
            stop_now()

    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}

    def let_go() -> None:
        for number, handler in before.items():
            if signal.getsignal(number) is obey:
                signal.signal(number, handler)

    for number, handler in before.items():
        if number is not signal.SIGHUP or handler is not signal.SIG_IGN:
            signal.signal(number, obey)
    forks.in_child(let_go)
