"""What did a service call, and what is it to be refused? Layer: tools, any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobtools.door.call import Call


@dataclass(frozen=True, slots=True)
class Refusal:
    """How calls of one operation are answered instead of being passed on: the next one, or with `until` all of them until the service makes a call
    of that other operation. `code` is an error code of the service. `about`: only calls with these parameters.
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
        """Every call so far, refused ones too: they need the same rights."""
        with self._lock:
            return list(self._calls)

    def refuse(self, refusal: Refusal) -> None:
        """From now on, as it says."""
        with self._lock:
            self._refusals.append(refusal)

    def refusals_left(self) -> int:
        """Refusals that are not over yet."""
        with self._lock:
            return len(self._refusals)

    def keep(self, call: Call) -> Refusal | None:
        """Keeps it; says whether it is to be refused."""
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
