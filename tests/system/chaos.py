"""A crew of workers that is kept complete while its members are killed at random."""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Callable, Sequence

from .worker import Line, Worker

EXPECTED_ENDS = frozenset({0, -signal.SIGKILL, -signal.SIGTERM, 1, 69})
"""Drained; killed; terminated before the runtime listens to signals; told twice; queues not readable at the start."""


class Chaos:
    """Owns the crew. `chance` decides which worker gets a signal, and which signal: two of three by SIGKILL, the others by SIGTERM."""

    def __init__(self, crew: Sequence[Callable[[], Worker]], chance: random.Random) -> None:
        self._makers = list(crew)
        self._chance = chance
        self._crew = [make() for make in crew]
        self._all = list(self._crew)
        self.strikes: Counter[str] = Counter()

    def strike(self) -> None:
        """Sends one signal to one worker."""
        victim = self._chance.choice(self._crew)
        number = self._chance.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM))
        victim.send(number)
        self.strikes[number.name] += 1

    def revive(self) -> None:
        """Replaces the workers that have ended."""
        for place, worker in enumerate(self._crew):
            if worker.exit_code is not None:
                check_end(worker)
                self._crew[place] = self._makers[place]()
                self._all.append(self._crew[place])

    def end(self) -> None:
        """Stops the crew in order."""
        for worker in self._crew:
            worker.terminate()
        for worker in self._crew:
            worker.end()
            check_end(worker)

    def lines(self) -> list[Line]:
        """The lines of all workers, those that have ended included."""
        return [line for worker in self._all for line in worker.lines]


def check_end(worker: Worker) -> None:
    """Fails the test where a worker ended with an unexpected code."""
    code = worker.exit_code
    assert code in EXPECTED_ENDS, f"{worker.name} ended with {code}. {worker.last_lines()}"
