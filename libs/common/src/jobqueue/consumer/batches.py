"""Batches of settling calls that wait. Pure; owned by the settler's thread.

A lane's entries go out as soon as ten wait, or when the oldest has waited its linger: short where a user or another
worker waits (the next job's send, a release), longer for deletes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterable, Sequence
from heapq import heappop, heappush
from itertools import count

from jobqueue.chance import CHANCE
from jobqueue.consumer.settle_calls import Call, Entry, Lane, Step
from jobqueue.messages.limits import MAX_PER_CALL

FIRST_PAUSE_SECONDS = 0.1
MAX_PAUSE_SECONDS = 30.0
"""Bounds of the pause between tries of one settle call, with full jitter; ours."""

DRAIN_PAUSE_SECONDS = 0.5
"""The longest pause between tries while draining."""

RENEWALS = Lane(Step.RENEW)


class Batches:
    """Entries that wait, by lane, and entries that pause before another try."""

    def __init__(self, queues: Iterable[str], *, send_linger: float, settle_linger: float, events: bool) -> None:
        """`queues`: the names of those that next jobs are sent to. `events`: ends of jobs are told."""
        self._linger = {  # in the order of their urgency
            RENEWALS: 0.0,
            Lane(Step.QUEUED): 0.0,
            **{Lane(Step.SEND, queue): send_linger for queue in queues},
            Lane(Step.RECORD): 0.0,
            **({Lane(Step.EVENT): send_linger} if events else {}),
            Lane(Step.RETURN): send_linger,
            Lane(Step.DEAD_LETTER): send_linger,
            Lane(Step.CHANGE_VISIBILITY): send_linger,
            Lane(Step.DELETE): settle_linger,
        }
        self._waiting: dict[Lane, deque[tuple[float, Entry]]] = {lane: deque() for lane in self._linger}
        self._pausing: list[tuple[float, int, Entry]] = []
        self._order = count()
        self._max_pause = MAX_PAUSE_SECONDS

    @property
    def lanes(self) -> Sequence[Lane]:
        """All there are."""
        return list(self._linger)

    def add(self, entry: Entry, now: float) -> None:
        """Ready to go."""
        lane = entry.lane
        self._waiting[lane].append((now + self._linger[lane], entry))

    def add_later(self, entry: Entry, now: float, tries: int) -> None:
        """After a pause that grows with `tries`."""
        longest = min(self._max_pause, FIRST_PAUSE_SECONDS * 2.0 ** min(tries, 20))
        heappush(self._pausing, (now + CHANCE.uniform(longest / 4, longest), next(self._order), entry))

    def renew(self, entries: Iterable[Entry], now: float) -> None:
        """The renewals that wait from now on, in place of those that waited so far."""
        self._waiting[RENEWALS] = deque((now, entry) for entry in entries)

    def hurry(self) -> None:
        """From now on nothing lingers (the worker drains)."""
        self._linger = dict.fromkeys(self._linger, 0.0)
        self._max_pause = DRAIN_PAUSE_SECONDS
        self._waiting = {lane: deque((0.0, entry) for _, entry in entries) for lane, entries in self._waiting.items()}
        self._pausing = [(0.0, order, entry) for _, order, entry in self._pausing]

    def next_at(self, now: float, busy: Container[Lane] = ()) -> float:
        """When the next batch or retry is due; lanes in `busy` do not count: they go on when a call is answered."""
        times = [entries[0][0] for lane, entries in self._waiting.items() if entries and lane not in busy]
        if self._pausing:
            times.append(self._pausing[0][0])
        return min(times, default=now + 3600)

    def next_call(self, now: float, start: Callable[[Entry, float], bool], busy: Container[Lane] = ()) -> Call | None:
        """The next batch that is due, of a lane that is not `busy`, or None. An entry for which `start` is False is forgotten here."""
        while self._pausing and self._pausing[0][0] <= now:
            entry = heappop(self._pausing)[2]
            self._waiting[entry.lane].append((now, entry))
        for lane, entries in self._waiting.items():
            if lane in busy:
                continue
            if len(entries) >= MAX_PER_CALL or (entries and entries[0][0] <= now):
                taken = _taken(entries, now, start)
                if taken:
                    return Call(lane, taken, now)
        return None


def _taken(entries: deque[tuple[float, Entry]], now: float, start: Callable[[Entry, float], bool]) -> list[Entry]:
    taken: list[Entry] = []
    limit = MAX_PER_CALL
    while entries and len(taken) < min(limit, entries[0][1].max_entries):
        _, entry = entries.popleft()
        if start(entry, now):
            taken.append(entry)
            limit = min(limit, entry.max_entries)
    return taken
