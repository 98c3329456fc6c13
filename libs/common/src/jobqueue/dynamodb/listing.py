"""The list of jobs, newest first, from one index of the table (docs/decisions/0054).

An index entry's partition is what its job is, open, dead or over, and one of `SHARDS`; there jobs stand by their ids, which begin with their time.
So every list is a merge of partitions that are each in order, however far apart their jobs are, and what is open or dead is read alone.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from jobqueue.consumer.job_records import JobRecord, Key, Status
from jobqueue.dynamodb.errors import translated
from jobqueue.dynamodb.items import (
    ATTRIBUTES,
    DEAD,
    LISTED,
    OPEN,
    OVER,
    SHARDS,
    key_of,
    kind_of,
    read_record,
    value_of,
)
from jobqueue.messages.job_id import first_job_id

if TYPE_CHECKING:
    from jobqueue.aws.service import Calls

INDEX = "listing"
"""The index's name; its partition key is `LISTED`, its sort key `jobId`."""
PROJECTED = (
    "type",
    "status",
    "attempt",
    "version",
    "correlation_id",
    "queued_at",
    "began_at",
    "ended_at",
    "due_at",
    "reason",
    "parent",
)
"""What the index holds of a record: nothing that a beat changes, which would write it each time."""
FIRST_PAGE, PAGE = 25, 1000
"""Entries of a partition's first call, and of those that follow, where nothing is left out."""
THREADS = 8
MAX_KEYS = 100
"""Of a BatchGetItem."""


class JobListing:
    """Reads the index, which follows the table within a second as a rule. An entry stays up to two days after its record has expired."""

    def __init__(self, calls: Calls, table: str) -> None:
        self._calls = calls
        self._table = table

    def whole(self, keys: Sequence[Key]) -> dict[Key, JobRecord]:
        """The records as the table has them, progress and all, of those that are there; a call for each hundred.

        Raises:
            RecordsError: see `newest`.
        """
        found: dict[Key, JobRecord] = {}
        for start in range(0, len(keys), MAX_KEYS):
            asked = {self._table: {"Keys": [key_of(key) for key in keys[start : start + MAX_KEYS]]}}
            with translated("BatchGetItem", self._table):
                answer = self._calls.call("BatchGetItem", {"RequestItems": asked})
                records = [read_record(item) for item in answer["Responses"].get(self._table, ())]
            found |= {record.key: record for record in records}  # what is throttled is left as the index has it
        return found

    def newest(
        self,
        *,
        status: Status | None = None,
        job_type: str | None = None,
        correlation_id: str | None = None,
        since_ms: int | None = None,
        until_ms: int | None = None,
    ) -> Iterator[JobRecord]:
        """The records that meet all that is asked, by their ids, newest first; as far as the index has them (`PROJECTED`).

        `since_ms`: made since then; `until_ms`: and before. Only what is taken is read, and up to a page more of each partition.

        Raises:
            RecordsError: with the first that is asked for, or a later one.
        """
        kinds = (OPEN, DEAD, OVER) if status is None else (kind_of(status),)
        equal = {"type": job_type, "correlation_id": correlation_id}
        if status not in (None, Status.DEAD):
            equal["status"] = status.value
        asked = {name: value for name, value in equal.items() if value is not None}
        parts = [self._part(f"{kind}#{shard}", asked, since_ms, until_ms) for kind in kinds for shard in range(SHARDS)]
        with ThreadPoolExecutor(THREADS, "job-listing") as threads:
            firsts = list(threads.map(lambda part: next(part, None), parts))
        streams = [_after(first, part) for first, part in zip(firsts, parts, strict=True) if first is not None]
        last = None
        # A job that went on while the partitions were read may stand in two. The one that was read later comes first.
        for record in heapq.merge(*reversed(streams), key=_place, reverse=True):
            if record.key != last:
                yield record
            last = record.key

    def _part(
        self, partition: str, equal: dict[str, str], since_ms: int | None, until_ms: int | None
    ) -> Iterator[JobRecord]:
        names = {"#listed": LISTED} | {f"#{name}": ATTRIBUTES[name] for name in equal}
        values = {":listed": value_of(partition)} | {f":{name}": value_of(value) for name, value in equal.items()}
        keys = "#listed = :listed"
        if since_ms is not None:
            names["#job_id"], values[":since"] = "jobId", value_of(first_job_id(since_ms))
            keys += " AND #job_id >= :since"
            if until_ms is not None:
                values[":until"] = value_of(first_job_id(until_ms))
                keys = keys.replace(">= :since", "BETWEEN :since AND :until")
        parameters: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": INDEX,
            "KeyConditionExpression": keys,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": False,
        }
        if equal:
            parameters["FilterExpression"] = " AND ".join(f"#{name} = :{name}" for name in equal)
        else:
            parameters["Limit"] = FIRST_PAGE
        page: dict[str, Any] = {"LastEvaluatedKey": None}
        while "LastEvaluatedKey" in page:
            with translated("Query", f"{self._table}/index/{INDEX}"):
                page = self._calls.call("Query", parameters)
                records = [read_record(item) for item in page["Items"]]
            yield from records
            parameters |= {"ExclusiveStartKey": page.get("LastEvaluatedKey")} | ({} if equal else {"Limit": PAGE})


def _place(record: JobRecord) -> tuple[str, str]:
    return record.key.job_id, record.key.stage


def _after(first: JobRecord, rest: Iterator[JobRecord]) -> Iterator[JobRecord]:
    yield first
    yield from rest
