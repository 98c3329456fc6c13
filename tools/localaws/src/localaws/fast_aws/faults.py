"""Plan of injected faults and latency, drawn from one seeded random generator.

A plan is replaced as a whole. Every rate is a number for all operations, or a mapping from operation to number in which "*" stands for the others.
The plan only decides; `call` carries the faults out.
"""

import random
from collections.abc import Callable, Mapping
from enum import Enum
from typing import NamedTuple, TypeAlias, TypedDict, cast

Rate: TypeAlias = float | Mapping[str, float]


class FaultSettings(TypedDict, total=False):
    """What `POST /_control` takes under "faults" and `Control.faults` as keywords; the rest is off."""

    latency_ms: Rate
    """Milliseconds from arrival to answer, half before the work and half after; calls overlap."""
    throttle: Rate
    """Probability of a throttling error."""
    internal_error: Rate
    """Probability of a 500."""
    cut_before: Rate
    """Probability that the connection is cut with nothing done."""
    cut_after: Rate
    """Probability that the work is done, and the connection reset in the middle of the answer."""
    truncate: Rate
    """Probability that the work is done, and the connection closed in good order in the middle of the answer.
    botocore does not compare lengths: it reports success with an empty answer."""
    hang_before: Rate
    """Probability that nothing is done and no answer ever comes; the connection stays open for as long as the client likes."""
    hang_after: Rate
    """The same, with the work done."""
    entry_failure: Rate
    """Probability, for each entry of a batch, that it fails with InternalError and nothing done."""
    create_log_stream_per_second: float
    """CreateLogStream calls a second, and at once; further ones are throttled."""
    seed: int
    """Restarts the randomness."""


class Fault(Enum):
    THROTTLED = "throttled"
    INTERNAL_ERROR = "internal_errors"
    CUT_BEFORE = "cut_before"
    CUT_AFTER = "cut_after"
    TRUNCATED = "truncated"
    HUNG_BEFORE = "hung_before"
    HUNG_AFTER = "hung_after"


_RATES = {
    "throttle": Fault.THROTTLED,
    "internal_error": Fault.INTERNAL_ERROR,
    "cut_before": Fault.CUT_BEFORE,
    "cut_after": Fault.CUT_AFTER,
    "truncate": Fault.TRUNCATED,
    "hang_before": Fault.HUNG_BEFORE,
    "hang_after": Fault.HUNG_AFTER,
}


class _Drawn(NamedTuple):
    latency_seconds: float
    edges: tuple[tuple[float, Fault], ...]
    entry_failure: float


class FaultPlan:
    """Owns the randomness. Two servers with one seed and one order of calls fail the same calls."""

    def __init__(self, operations: frozenset[str], seed: int | None = None) -> None:
        self._operations = operations
        self._random = random.Random(seed)
        self.set({})

    def set(self, settings: FaultSettings) -> None:
        """Replace the plan. Raises: ValueError, naming the setting, for an invalid plan; the old one then stays."""
        _check(settings, self._operations)
        if "seed" in settings:
            self._random = random.Random(settings["seed"])
        self._settings = settings
        self._drawn = {name: self._of(settings, name) for name in self._operations}
        rate = settings.get("create_log_stream_per_second")
        self.create_log_stream_bucket = None if rate is None else Bucket(rate)

    def latency_seconds(self, operation: str) -> float:
        return self._drawn[operation].latency_seconds

    def draw(self, operation: str) -> Fault | None:
        edges = self._drawn[operation].edges
        if not edges:
            return None
        drawn = self._random.random()
        for edge, fault in edges:
            if drawn < edge:
                return fault
        return None

    def entry_failure(self, operation: str) -> Callable[[], bool]:
        probability = self._drawn[operation].entry_failure
        if not probability:
            return _never
        return lambda: self._random.random() < probability

    @staticmethod
    def _of(settings: FaultSettings, operation: str) -> _Drawn:
        edges: list[tuple[float, Fault]] = []
        edge = 0.0
        for name, fault in _RATES.items():
            probability = _rate(settings, name, operation)
            edge += probability
            if probability:
                edges.append((edge, fault))
        if edge > 1.000001:
            raise ValueError(f"the fault probabilities of {operation} add up to {edge}, more than 1")
        latency = _rate(settings, "latency_ms", operation) / 1000
        return _Drawn(latency, tuple(edges), _rate(settings, "entry_failure", operation))


class Bucket:
    """A token bucket that holds one second's worth."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._tokens = max(1.0, per_second)
        self._at: float | None = None

    def take(self, now: float) -> bool:
        if self._at is not None:
            grown = self._tokens + (now - self._at) * self._per_second
            self._tokens = min(max(1.0, self._per_second), grown)
        self._at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


def _never() -> bool:
    return False


def _rate(settings: FaultSettings, name: str, operation: str) -> float:
    rate = cast("Rate", settings.get(name, 0.0))
    if isinstance(rate, Mapping):
        return rate.get(operation, rate.get("*", 0.0))
    return rate


def _check(settings: FaultSettings, operations: frozenset[str]) -> None:
    unknown = set(settings) - set(FaultSettings.__annotations__)
    if unknown:
        raise ValueError(f"unknown fault settings: {', '.join(sorted(unknown))}")
    _check_number("create_log_stream_per_second", settings.get("create_log_stream_per_second", 0), None)
    for name in ("latency_ms", "entry_failure", *_RATES):
        rate = cast("Rate", settings.get(name, 0.0))
        by_operation = rate if isinstance(rate, Mapping) else {"*": rate}
        for operation, value in by_operation.items():
            if operation != "*" and operation not in operations:
                raise ValueError(f"{name}: there is no operation {operation}")
            _check_number(name, value, None if name == "latency_ms" else 1)


def _check_number(name: str, value: object, highest: float | None) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{name}: {value!r} is no number of 0 or more")
    if highest is not None and value > highest:
        raise ValueError(f"{name}: {value!r} is more than {highest}")
