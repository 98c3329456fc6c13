"""The stand-in is held to the suite that the in-memory queue and a moto server pass, so that none of the three drifts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobqueue.testing.contract import QueueContract, SqsBackend

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class TestSqsQueueOnTheStandin(QueueContract):
    @pytest.fixture
    def backend(self, standin_client: SQSClient) -> SqsBackend:
        return SqsBackend(standin_client)
