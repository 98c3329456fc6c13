"""The fast AWS is held to the suite that the in-memory queue and a moto server pass, so that none of the three drifts."""

from __future__ import annotations

import pytest

from jobqueue.testing.contract import QueueContract, SqsBackend


class TestSqsQueueOnFastAws(QueueContract):
    @pytest.fixture
    def backend(self, fast_aws_endpoint: str) -> SqsBackend:
        return SqsBackend(fast_aws_endpoint)
