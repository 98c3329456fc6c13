"""Calls that are under way together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from threading import Lock
from typing import TypeVar

Told = TypeVar("Told")

Ask = Callable[[Callable[[Told], None]], None]
"""Begins a call. What is passed gets its answer, once, in any thread."""


def answers_of(asks: Sequence[Ask[Told] | None]) -> list[Told | None]:
    """Begins all calls and blocks until each has its answer: one wake-up, where a wait for each would have one a call."""
    answers: list[Told | None] = [None] * len(asks)
    left, lock, last = len(asks) - asks.count(None), Lock(), Lock()
    if not left:
        return answers
    last.acquire()

    def take(index: int, answer: Told) -> None:
        nonlocal left
        answers[index] = answer
        with lock:
            left -= 1
            if left:
                return
        last.release()

    for index, ask in enumerate(asks):
        if ask is not None:
            ask(partial(take, index))
    last.acquire()
    return answers
