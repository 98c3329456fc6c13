"""Record of the AWS calls of one service, and the refusals set for them.

Written by the doors' server threads, read by any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localaws.ecs_agent.call import Call


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that answers calls of one operation instead of the local AWS.

    It is for the next call, or with `until` for all of them until the service calls that other operation. `code` is an error code of the service.
    `about`: only calls with these parameters.
    """

    operation: str
    status: int
    code: str
    until: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    def concerns(self, call: Call) -> bool:
        """Whether this call is one of them."""
        return self.operation == call.operation and self.about.items() <= call.parameters.items()


class Record:
    """Owns the calls of one service's tasks, in order, and its refusals."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: list[Call] = []
        self._known: dict[tuple[object, ...], Call] = {}
        self._refusals: list[Refusal] = []

    def calls(self) -> list[Call]:
        """Every call so far, refused ones too: they need the same permissions."""
        with self._lock:
            return list(self._calls)

    def refuse(self, refusal: Refusal) -> None:
        """Set a refusal, which holds from now on."""
        with self._lock:
            self._refusals.append(refusal)

    def refusals_left(self) -> int:
        """The number of refusals that are not used up."""
        with self._lock:
            return len(self._refusals)

    def keep(self, call: Call) -> Refusal | None:
        """Record a call; returns its refusal, if there is one."""
        key = (call.service, call.operation, *sorted(call.parameters.items()))
        with self._lock:
            # The same polls and batches come hundreds of times a second: each kind of call is in memory once.
            self._calls.append(self._known.setdefault(key, call))
            self._refusals = [refusal for refusal in self._refusals if refusal.until != call.operation]
            for refusal in self._refusals:
                if refusal.concerns(call):
                    if refusal.until is None:
                        self._refusals.remove(refusal)
                    return refusal
        return None
