"""The bound on the job log's memory, and the one wait that it may cost a job. Any thread, finalizers included.

What an event really holds is counted: its UTF-8 bytes and a fixed overhead. Half of JOB_LOG_BUFFER_BYTES is for events, half for the copies that
calls under way make of them (`CALL_COPIES`).

No attempt may hold more than what it leaves free, so that one that fills its share leaves the others theirs. An attempt past its share waits
for room, but only in the thread that runs its handler: not in an event loop, nor in a thread that happens to run one of its finalizers. It
waits again only where CloudWatch has confirmed events of it since. Once it has waited MAX_WAIT_SECONDS for nothing it waits no more, and what
it writes past its share goes to stdout.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from threading import Lock, RLock, get_ident
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_WAIT_SECONDS = 1.0
"""All that an outage of CloudWatch Logs costs a job: back-pressure that no lease or grace period notices."""

EVENT_MEMORY_BYTES = 320
"""Of one event beside its text: the objects around it, in the inbox or in the book, and its places in queues."""

CALL_COPIES = 4
"""Of a batch's bytes while its call is under way, at most: the body, which quotes it once more, and the client's copy of that."""


class Share:
    """One attempt's part: the bytes it holds, and for how many more seconds it may wait. Opened by the thread that may wait."""

    __slots__ = ("held", "owner", "patience")

    def __init__(self) -> None:
        self.held = 0
        self.owner = get_ident()
        self.patience = MAX_WAIT_SECONDS


class Room:
    """Counts the bytes of all events that are outstanding."""

    def __init__(self, max_bytes: int, hurry: Callable[[], None]) -> None:
        """`hurry` asks for whatever lingers to be shipped; it never blocks."""
        self._max_bytes = max_bytes
        self._hurry = hurry
        # Re-entrant: a finalizer may write while its own thread is in here, and each statement inside is whole then.
        self._lock = RLock()
        self._waiting: deque[Lock] = deque()
        self.held = 0

    def admits(self, share: Share, size: int) -> bool:
        """Whether an event of so many bytes was taken in, perhaps after a wait. False: it is for stdout."""
        return self._take(share, size) or (share.patience > 0 and may_block(share) and self._take_later(share, size))

    def give_back(self, share: Share, size: int, *, confirmed: bool) -> None:
        """An event is no longer outstanding. Wakes the threads that wait."""
        with self._lock:
            self.held -= size
            share.held -= size
            if confirmed and share.patience > 0:
                share.patience = MAX_WAIT_SECONDS
        while self._waiting:
            self._waiting.popleft().release()

    def _take(self, share: Share, size: int) -> bool:
        with self._lock:
            free = self._max_bytes - self.held
            if size > free or (share.held and share.held + size > free):
                return False
            self.held += size
            share.held += size
        return True

    def _take_later(self, share: Share, size: int) -> bool:
        self._hurry()
        gate = Lock()
        gate.acquire()
        while share.patience > 0:
            self._waiting.append(gate)  # before the look, so that no release is missed
            if self._take(share, size):
                return True
            began = time.monotonic()
            if not gate.acquire(timeout=share.patience):
                share.patience = 0.0
                return False
            share.patience -= time.monotonic() - began
        return False


def may_block(share: Share) -> bool:
    """Whether this is the thread that runs the attempt's handler, and not an event loop in it."""
    if share.owner != get_ident():
        return False
    asyncio = sys.modules.get("asyncio")  # loaded by those who use it
    if asyncio is None:
        return True
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return True
    return False
