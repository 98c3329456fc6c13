from __future__ import annotations

import subprocess
import sys
from queue import Empty
from threading import Thread

import pytest

from jobqueue.mailbox import Mailbox

UNDER_SIGNALS = """
import signal, time
from queue import Empty
from jobqueue.mailbox import Mailbox

box = Mailbox()
signal.signal(signal.SIGALRM, lambda number, frame: time.sleep(0.0005))
signal.setitimer(signal.ITIMER_REAL, 0.0013, 0.0013)
for _ in range(300):
    try:
        box.get(timeout=0.003)
    except Empty:
        pass
signal.setitimer(signal.ITIMER_REAL, 0)
"""


def test_items_come_in_their_order_and_none_is_lost() -> None:
    box: Mailbox[int] = Mailbox()
    writers = [Thread(target=lambda start=start: [box.put(start + n) for n in range(1_000)]) for start in (0, 10_000)]
    for writer in writers:
        writer.start()
    items = [box.get(timeout=60) for _ in range(2_000)]
    assert sorted(items) == [*range(1_000), *range(10_000, 11_000)]
    assert [one for one in items if one < 10_000] == [*range(1_000)]


def test_nothing_comes_from_an_empty_one() -> None:
    box: Mailbox[str] = Mailbox()
    box.put("one")
    assert box.get_nowait() == "one"
    with pytest.raises(Empty):
        box.get(timeout=0.01)  # although `put` has woken it
    with pytest.raises(Empty):
        box.get_nowait()


def test_a_wait_ends_in_time_however_signals_come() -> None:
    """In a process of its own: `SimpleQueue.get` would wait for ever at once."""
    subprocess.run([sys.executable, "-c", UNDER_SIGNALS], check=True, timeout=100)
