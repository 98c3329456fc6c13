"""A process's telemetry that ends with the test."""

from collections.abc import Iterator

import pytest

from .kit import Kit


@pytest.fixture
def kit() -> Iterator[Kit]:
    made = Kit()
    yield made
    made.traces.shutdown()
