"""Job records, their steps, batches and unique keys in memory and in DynamoDB are held to one suite, and to one another."""

from __future__ import annotations

import pytest

from jobqueue.consumer.job_batches import JobBatches
from jobqueue.consumer.job_records import BegunJobRecords, JobRecord, Keeping
from jobqueue.consumer.job_steps import JobSteps
from jobqueue.consumer.unique_keys import UniqueKeys
from jobqueue.testing import InMemoryJobRecords, ManualClock
from jobqueue.testing.contract import (
    BegunJobRecordsContract,
    DynamoDbBackend,
    JobBatchesContract,
    JobRecordsContract,
    JobStepsContract,
    RecordsBackend,
    UniqueKeysContract,
)


class InMemory:
    """One double a test."""

    def records(self, clock: ManualClock, keeping: Keeping) -> BegunJobRecords:
        self.made = InMemoryJobRecords(clock, keeping)
        return self.made

    def steps(self, clock: ManualClock, keeping: Keeping) -> JobSteps:
        return self.made.steps

    def batches(self, clock: ManualClock, keeping: Keeping) -> JobBatches:
        return self.made.batches

    def unique_keys(self, clock: ManualClock, keeping: Keeping) -> UniqueKeys:
        return self.made

    def put(self, record: JobRecord) -> None:
        self.made.put(record)


class TestInMemoryJobRecords(JobRecordsContract):
    @pytest.fixture
    def backend(self) -> RecordsBackend:
        return InMemory()


class TestBegunInMemoryJobRecords(BegunJobRecordsContract):
    @pytest.fixture
    def backend(self) -> RecordsBackend:
        return InMemory()


class TestBegunDynamoDbJobRecordsOnMoto(BegunJobRecordsContract):
    @pytest.fixture
    def backend(self, moto_endpoint: str) -> RecordsBackend:
        return DynamoDbBackend(moto_endpoint)


class TestDynamoDbJobRecordsOnMoto(JobRecordsContract):
    @pytest.fixture
    def backend(self, moto_endpoint: str) -> RecordsBackend:
        return DynamoDbBackend(moto_endpoint)


class TestInMemoryJobSteps(JobStepsContract):
    @pytest.fixture
    def backend(self) -> InMemory:
        return InMemory()


class TestDynamoDbJobStepsOnMoto(JobStepsContract):
    @pytest.fixture
    def backend(self, moto_endpoint: str) -> DynamoDbBackend:
        return DynamoDbBackend(moto_endpoint)


class TestInMemoryJobBatches(JobBatchesContract):
    @pytest.fixture
    def backend(self) -> InMemory:
        return InMemory()


class TestInMemoryUniqueKeys(UniqueKeysContract):
    @pytest.fixture
    def backend(self) -> InMemory:
        return InMemory()


class TestDynamoDbUniqueKeysOnMoto(UniqueKeysContract):
    @pytest.fixture
    def backend(self, moto_endpoint: str) -> DynamoDbBackend:
        return DynamoDbBackend(moto_endpoint)


class TestDynamoDbJobBatchesOnMoto(JobBatchesContract):
    jobs = 8
    threads = 1

    @pytest.fixture
    def backend(self, moto_endpoint: str) -> DynamoDbBackend:
        return DynamoDbBackend(moto_endpoint)
