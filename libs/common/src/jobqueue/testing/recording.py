"""Records of what the code under test reported, for tests to read and to wait for.

Written in any thread, read in the test's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Condition
from typing import Generic, TypeVar

from jobqueue.testing.clock import GIVE_UP_SECONDS

Entry = TypeVar("Entry")


class Recording(Generic[Entry]):
    """The entries reported so far, in order. Written by the code under test, read and awaited by the test."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Adds one entry and wakes the threads that wait for it."""
        with self._changed:
            self._entries.append(entry)
            self._changed.notify_all()

    def all(self) -> list[Entry]:
        """A copy of the entries so far."""
        with self._changed:
            return list(self._entries)

    def wait_for(self, predicate: Callable[[Sequence[Entry]], bool], timeout: float = GIVE_UP_SECONDS) -> list[Entry]:
        """Blocks until `predicate` of all entries holds, and gives them back.

        Raises:
            TimeoutError: it did not hold within `timeout` real seconds; the text shows what was recorded.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: predicate(self._entries), timeout):
                raise TimeoutError(f"not within {timeout} s; recorded: {self._entries}")
            return list(self._entries)
