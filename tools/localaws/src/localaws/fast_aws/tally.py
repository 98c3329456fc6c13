"""Counters of calls, calls in progress and outcomes, by operation.

Control calls are not counted.
"""

import time
from dataclasses import asdict, dataclass


@dataclass(slots=True)
class OperationTally:
    calls: int = 0
    """Arrived, whatever came of them."""
    entries: int = 0
    """Of the calls that were carried out: batch entries, log events, messages received, else one a call."""
    failed_entries: int = 0
    """Entries answered under Failed."""
    refused: int = 0
    """Answered with an AWS error that the request earned."""
    throttled: int = 0
    """Injected, as the next six; CreateLogStream's rate limit counts here too."""
    internal_errors: int = 0
    cut_before: int = 0
    cut_after: int = 0
    truncated: int = 0
    hung_before: int = 0
    hung_after: int = 0
    open: int = 0
    """In progress now, waiting long polls included."""
    first_at: float | None = None
    """When the first one arrived, in seconds of `time.monotonic`, which on Linux is one clock for all processes."""


@dataclass(slots=True)
class Tally:
    operations: dict[str, OperationTally]

    @classmethod
    def of(cls, operations: frozenset[str]) -> "Tally":
        return cls({name: OperationTally() for name in sorted(operations)})

    def started(self, row: OperationTally) -> None:
        row.calls += 1
        if row.first_at is None:
            row.first_at = time.monotonic()
        row.open += 1

    def ended(self, row: OperationTally) -> None:
        row.open -= 1

    def reset(self) -> None:
        """Calls in progress stay counted as open."""
        for row in self.operations.values():
            for name, value in asdict(OperationTally(open=row.open)).items():
                setattr(row, name, value)

    def as_json(self) -> dict[str, object]:
        """Only operations that were called."""
        rows = {name: asdict(row) for name, row in self.operations.items() if row.calls}
        total = sum(row.calls for row in self.operations.values())
        return {"total": total, "operations": rows}
