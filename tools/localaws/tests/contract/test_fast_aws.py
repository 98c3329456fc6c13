"""The fast AWS is held to the suites that the doubles and a moto server pass, so that none of the three drifts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from jobqueue.consumer.unique_keys import Claim
from jobqueue.testing import ManualClock
from jobqueue.testing.contract import (
    BegunJobRecordsContract,
    DynamoDbBackend,
    JobBatchesContract,
    JobStepsContract,
    QueueContract,
    SqsBackend,
    UniqueKeysContract,
)
from jobqueue.testing.contract.job_records import KEEPING


class TestSqsQueueOnFastAws(QueueContract):
    @pytest.fixture
    def backend(self, fast_aws_endpoint: str) -> SqsBackend:
        return SqsBackend(fast_aws_endpoint)


class TestDynamoDbJobRecordsOnFastAws(BegunJobRecordsContract):
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


class TestDynamoDbUniqueKeysOnFastAws(UniqueKeysContract):
    @pytest.fixture
    def backend(self, fast_aws_endpoint: str) -> DynamoDbBackend:
        return DynamoDbBackend(fast_aws_endpoint)

    def test_of_claims_at_once_one_has_the_key_and_all_are_told_which(self, backend: DynamoDbBackend) -> None:
        clock = ManualClock()
        keys, claimants = backend.unique_keys(clock, KEEPING), 8
        with ThreadPoolExecutor(claimants) as threads:
            for number in range(50):
                claims = [
                    Claim(job_id=f"job-{one}", type="report", key=f"at-once-{number}") for one in range(claimants)
                ]
                told = set(threads.map(keys.claim, claims))
                assert len(told) == 1
