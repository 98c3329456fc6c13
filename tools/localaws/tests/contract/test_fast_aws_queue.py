"""The fast AWS is held to the suite that the in-memory queue and a moto server pass, so that none of the three drifts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobqueue.testing.contract import QueueContract, SqsBackend

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class TestSqsQueueOnFastAws(QueueContract):
    @pytest.fixture
    def backend(self, fast_aws_client: SQSClient) -> SqsBackend:
        return SqsBackend(fast_aws_client)
