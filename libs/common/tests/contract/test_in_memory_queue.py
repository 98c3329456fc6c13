"""The in-memory queue is held to the same suite as SQS."""

import pytest

from jobqueue.testing.contract import InMemoryBackend, QueueContract


class TestInMemoryQueue(QueueContract):
    @pytest.fixture
    def backend(self) -> InMemoryBackend:
        return InMemoryBackend()
