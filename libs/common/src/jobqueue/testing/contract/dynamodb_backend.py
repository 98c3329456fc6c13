"""A DynamoDB server for the suite of job records: a local one, never AWS's own."""

from __future__ import annotations

from itertools import count

from jobqueue.aws.service import DYNAMODB, Calls
from jobqueue.aws.session import Session
from jobqueue.consumer.job_batches import JobBatches
from jobqueue.consumer.job_records import BegunJobRecords, JobRecord, Keeping
from jobqueue.consumer.job_steps import JobSteps
from jobqueue.consumer.unique_keys import UniqueKeys
from jobqueue.dynamodb.begun_job_records import BegunDynamoDbJobRecords
from jobqueue.dynamodb.items import ATTRIBUTES, LISTED, read_record, write_record
from jobqueue.dynamodb.job_batches import DynamoDbJobBatches
from jobqueue.dynamodb.job_steps import DynamoDbJobSteps
from jobqueue.dynamodb.listing import INDEX, PROJECTED
from jobqueue.dynamodb.unique_keys import DynamoDbUniqueKeys
from jobqueue.testing.clock import ManualClock

_numbers = count(1)


def make_table(calls: Calls) -> str:
    """A table of its own; gives its name."""
    name = f"contract-{next(_numbers)}"
    keys = {"jobId": "HASH", "stage": "RANGE"}
    calls.call(
        "CreateTable",
        {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in (*keys, LISTED)],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": INDEX,
                    "KeySchema": [
                        {"AttributeName": LISTED, "KeyType": "HASH"},
                        {"AttributeName": "jobId", "KeyType": "RANGE"},
                    ],
                    "Projection": {
                        "ProjectionType": "INCLUDE",
                        "NonKeyAttributes": [ATTRIBUTES[name] for name in PROJECTED],
                    },
                }
            ],
        },
    )
    return name


class DynamoDbBackend:
    """Implements `RecordsBackend`, `StepsBackend`, `BatchesBackend` and `UniqueBackend`, with one table for all tests."""

    def __init__(self, endpoint: str) -> None:
        environ = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
        self.calls = Session("us-east-1", environ).service(DYNAMODB, seconds=30)
        self.table = make_table(self.calls)

    def records(self, clock: ManualClock, keeping: Keeping) -> BegunJobRecords:
        """See the protocol."""
        return BegunDynamoDbJobRecords(self.calls, self.table, keeping, clock.wall_ms)

    def steps(self, clock: ManualClock, keeping: Keeping) -> JobSteps:
        """See the protocol."""
        return DynamoDbJobSteps(self.calls, self.table, keeping, clock.wall_ms)

    def batches(self, clock: ManualClock, keeping: Keeping) -> JobBatches:
        """See the protocol."""
        return DynamoDbJobBatches(self.calls, self.table, keeping, clock.wall_ms)

    def unique_keys(self, clock: ManualClock, keeping: Keeping) -> UniqueKeys:
        """See the protocol."""
        return DynamoDbUniqueKeys(self.calls, self.table, keeping, clock.wall_ms)

    def all(self) -> list[JobRecord]:
        """Every record; of a table that one Scan reads whole (1 MiB)."""
        items = self.calls.call("Scan", {"TableName": self.table})["Items"]
        return [read_record(item) for item in items if "status" in item]

    def put(self, record: JobRecord) -> None:
        """See the protocol."""
        self.calls.call("PutItem", {"TableName": self.table, "Item": write_record(record)})
