"""The fast AWS is held to the suites that the doubles and a moto server pass, so that none of the three drifts."""

from __future__ import annotations

import pytest

from jobqueue.testing.contract import (
    DynamoDbBackend,
    JobBatchesContract,
    JobRecordsContract,
    JobStepsContract,
    QueueContract,
    SqsBackend,
)


class TestSqsQueueOnFastAws(QueueContract):
    @pytest.fixture
    def backend(self, fast_aws_endpoint: str) -> SqsBackend:
        return SqsBackend(fast_aws_endpoint)


class TestDynamoDbJobRecordsOnFastAws(JobRecordsContract):
    @pytest.fixture
    def backend(self, fast_aws_endpoint: str) -> DynamoDbBackend:
        return DynamoDbBackend(fast_aws_endpoint)


class TestDynamoDbJobStepsOnFastAws(JobStepsContract):
    @pytest.fixture
    def backend(self, fast_aws_endpoint: str) -> DynamoDbBackend:
        return DynamoDbBackend(fast_aws_endpoint)


class TestDynamoDbJobBatchesOnFastAws(JobBatchesContract):
    @pytest.fixture
    def backend(self, fast_aws_endpoint: str) -> DynamoDbBackend:
        return DynamoDbBackend(fast_aws_endpoint)
