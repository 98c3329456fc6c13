"""The items of one job, as they are now: an item with a status is a record, one without is a step of it, or a part of a batch. Any thread.

Each is read with Query, a single one too: workers need GetItem for nothing else, and it costs the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jobqueue.dynamodb.errors import translated
from jobqueue.dynamodb.items import ATTRIBUTES, read_record, value_of

if TYPE_CHECKING:
    from jobqueue.aws.service import Calls
    from jobqueue.consumer.job_records import JobRecord, Key

RECORD, NO_RECORD = "attribute_exists(#status)", "attribute_not_exists(#status)"


def record_of(calls: Calls, table: str, key: Key) -> JobRecord | None:
    """Expired or not. One call. Raises RecordsError."""
    with translated("Query", table):
        return next((read_record(item) for item in items_of(calls, table, key.job_id, stage=key.stage)), None)


def items_of(
    calls: Calls, table: str, job_id: str, *, stage: str = "", prefix: str = "", only: str = ""
) -> Iterator[dict[str, Any]]:
    """All of them, that of a stage, or those whose sort key begins with `prefix`; `only` is RECORD or NO_RECORD. A call for each MiB that is read.
    Raises CallError, and KeyError for what is no answer."""
    condition, names, values = "#job_id = :job_id", {"#job_id": "jobId"}, {":job_id": value_of(job_id)}
    if stage or prefix:
        condition += " AND #stage = :stage" if stage else " AND begins_with(#stage, :stage)"
        names["#stage"], values[":stage"] = "stage", value_of(stage or prefix)
    parameters: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ConsistentRead": True,
    }
    if only:
        names["#status"], parameters["FilterExpression"] = ATTRIBUTES["status"], only
    while True:
        page = calls.call("Query", parameters)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]
