"""The list of 40,000 jobs: its order, its filters, and how much of the index it reads."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

import pytest

from jobqueue.aws.service import Calls
from jobqueue.consumer.job_records import JobRecord, Key, Status
from jobqueue.dynamodb.items import write_record
from jobqueue.dynamodb.listing import JobListing
from jobqueue.messages.job_id import first_job_id
from jobqueue.testing.contract import DynamoDbBackend

COUNT = 40_000
BEGAN_MS = 1_767_225_600_000
STATUSES = [*[Status.COMPLETED] * 96, Status.DEAD, Status.RUNNING, Status.QUEUED, Status.CANCELLED]
"""Of a hundred jobs that follow one another."""


class Counting:
    """Calls, and how many."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.count = 0

    def call(
        self, operation: str, parameters: Mapping[str, Any] | bytes, *, seconds: float | None = None
    ) -> dict[str, Any]:
        self.count += 1
        return self._calls.call(operation, parameters, seconds=seconds)


def record_of(number: int) -> JobRecord:
    """A job a second. Its id is unique, and ids are spread over the partitions as real ones are."""
    job_id = first_job_id(BEGAN_MS + number * 1000)
    return JobRecord(
        key=Key(job_id, "report"),
        type="report" if number % 3 else "import",
        status=STATUSES[number % len(STATUSES)],
        attempt=1,
        expires=4_000_000_000,
        correlation_id=f"order-{number // 10}",
    )


@pytest.fixture(scope="module")
def backend(fast_aws_endpoint: str) -> DynamoDbBackend:
    one = DynamoDbBackend(fast_aws_endpoint)
    for start in range(0, COUNT, 25):
        puts = [{"PutRequest": {"Item": write_record(record_of(number))}} for number in range(start, start + 25)]
        one.calls.call("BatchWriteItem", {"RequestItems": {one.table: puts}})
    return one


@pytest.mark.slow
def test_a_list_of_40_000_jobs_is_in_order_and_its_filters_are_right(backend: DynamoDbBackend) -> None:
    calls = Counting(backend.calls)
    listing = JobListing(calls, backend.table)

    def numbers(limit: int | None = None, **asked: Any) -> list[int]:
        ids = (record.key.job_id for record in islice(listing.newest(**asked), limit))
        return [placed[one] for one in ids]

    placed = {first_job_id(BEGAN_MS + number * 1000): number for number in range(COUNT)}
    newest = [*range(COUNT - 1, -1, -1)]
    assert numbers(50) == newest[:50]
    assert calls.count <= 24, "a page of each partition"
    assert numbers() == newest

    def having(*statuses: Status) -> list[int]:
        return [number for number in newest if record_of(number).status in statuses]

    for status in (Status.DEAD, Status.RUNNING, Status.CANCELLED):
        assert numbers(status=status) == having(status)
    since_ms = BEGAN_MS + (COUNT - 1000) * 1000
    assert numbers(since_ms=since_ms) == newest[:1000]
    assert numbers(since_ms=since_ms, until_ms=since_ms + 2000) == [COUNT - 998, COUNT - 999, COUNT - 1000]
    assert numbers(since_ms=since_ms, job_type="import") == [one for one in newest[:1000] if one % 3 == 0]
    assert numbers(correlation_id="order-7") == [*range(79, 69, -1)]
    assert numbers(correlation_id="order-7", status=Status.DEAD) == []
    assert numbers(5, status=Status.DEAD, job_type="import") == [one for one in having(Status.DEAD) if one % 3 == 0][:5]


@pytest.mark.slow
def test_an_entry_has_what_a_list_shows(backend: DynamoDbBackend) -> None:
    newest = next(JobListing(backend.calls, backend.table).newest(status=Status.DEAD))
    assert (newest.type, newest.attempt, newest.correlation_id) == ("import", 1, "order-3999")


@pytest.mark.slow
def test_listed_records_are_read_whole_by_hundreds(backend: DynamoDbBackend) -> None:
    calls = Counting(backend.calls)
    keys = [record_of(number).key for number in range(250)]
    whole = JobListing(calls, backend.table).whole([*keys, Key(first_job_id(0), "report")])
    assert whole == {key: record_of(number) for number, key in enumerate(keys)}
    assert calls.count == 3
