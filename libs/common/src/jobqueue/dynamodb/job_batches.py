"""Batches in the table of job records: beside the batch's record an item with the shards that are open, one for each shard, and one with what is
queued at its end, which no mark is billed for. Any thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jobqueue.consumer.job_batches import VERSION, Batch, NewBatch, Place, Shard, Tally, batch_key, whole
from jobqueue.consumer.job_records import Key, Status
from jobqueue.dynamodb.errors import translated
from jobqueue.dynamodb.items import key_of, value_of
from jobqueue.dynamodb.query import items_of, record_of
from jobqueue.dynamodb.writes import NotMet, conditional_write

if TYPE_CHECKING:
    from jobqueue.aws.service import Calls
    from jobqueue.consumer.job_records import Keeping

_PREFIX = "batch#"
_OPEN, _SHARD, _THEN = f"{_PREFIX}open", f"{_PREFIX}shard#", f"{_PREFIX}then"
"""Sort keys of a batch's items; a shard's number follows."""


class DynamoDbJobBatches:
    """Implements `JobBatches`. `now_ms`: milliseconds since 1970."""

    def __init__(
        self,
        calls: Calls,
        table: str,
        keeping: Keeping,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._calls = calls
        self._table = table
        self._keeping = keeping
        self._now_ms = now_ms

    def make(self, batch: NewBatch) -> None:
        """See the port."""
        self._put(batch.batch_id, _THEN, {"then": value_of(batch.then), "jobs": value_of(batch.jobs)})
        for shard in batch.shards:
            self._put(batch.batch_id, f"{_SHARD}{shard}", {"open": _numbers(batch.numbers(shard))})
        open_shards = {"open": _numbers(batch.shards)} if batch.jobs else {}
        self._put(batch.batch_id, _OPEN, open_shards | {"jobs": value_of(batch.jobs)})

    def mark(self, place: Place, job_id: str, status: Status) -> Tally | None:
        """See the port."""
        adds, takes = "", ["#open :open", "#dead :id", "#cancelled :id"]
        if status is not Status.COMPLETED:
            adds = f" ADD #{status.value} :id"
            takes.remove(f"#{status.value} :id")
        names = {"#open": "open", "#dead": "dead", "#cancelled": "cancelled"}
        shard = self._update(
            Key(place.batch_id, f"{_SHARD}{place.shard}"),
            f"{adds} DELETE {', '.join(takes)}",
            names,
            {":open": _numbers([place.number]), ":id": {"SS": [job_id]}},
        )
        if shard is None or "open" in shard:
            return None
        values = {":open": _numbers([place.shard])}
        shards = self._update(Key(place.batch_id, _OPEN), " DELETE #open :open", {"#open": "open"}, values)
        if shards is None:
            return None
        with translated("UpdateItem", self._table):
            jobs, left = int(shards["jobs"]["N"]), [int(number) for number in shards.get("open", {"NS": []})["NS"]]
        return Tally(NewBatch(batch_id=place.batch_id, jobs=jobs, then="").done_but(left), jobs)

    def read(self, batch_id: str) -> Batch | None:
        """See the port. One call, for most batches."""
        now = self._now_ms() // 1000
        with translated("Query", self._table):
            items = items_of(self._calls, self._table, batch_id, prefix=_PREFIX)
            living = {item["stage"]["S"]: item for item in items if int(item["expires"]["N"]) > now}
            then = living.get(_THEN)
            if then is None:
                return None
            shards = [_read_shard(item) for stage, item in living.items() if stage.startswith(_SHARD)]
            return whole(int(then["jobs"]["N"]), then["then"]["S"], shards)

    def cancelled(self, batch_id: str) -> str | None:
        """See the port."""
        record = record_of(self._calls, self._table, batch_key(batch_id))
        return record.reason if record is not None and record.status is Status.CANCELLED else None

    def _put(self, batch_id: str, stage: str, attributes: Mapping[str, Any]) -> None:
        now = self._now_ms() // 1000
        item = key_of(Key(batch_id, stage)) | {"version": value_of(VERSION), "expires": value_of(self._expires(now))}
        parameters = {
            "Item": item | dict(attributes),
            "ConditionExpression": "attribute_not_exists(#expires) OR #expires <= :now",
            "ExpressionAttributeNames": {"#expires": "expires"},
            "ExpressionAttributeValues": {":now": value_of(now)},
        }
        with suppress(NotMet):
            conditional_write(self._calls, self._table, "PutItem", parameters, dict)

    def _update(
        self, key: Key, update: str, names: Mapping[str, str], values: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """The item as it was left; None where there is none."""
        now = self._now_ms() // 1000
        parameters = {
            "Key": key_of(key),
            "UpdateExpression": f"SET #expires = :expires{update}",
            "ConditionExpression": "#expires > :now",
            "ExpressionAttributeNames": {"#expires": "expires", **names},
            "ExpressionAttributeValues": {":expires": value_of(self._expires(now)), ":now": value_of(now), **values},
            "ReturnValues": "ALL_NEW",
        }
        try:
            answer = conditional_write(self._calls, self._table, "UpdateItem", parameters, dict)
        except NotMet:
            return None
        with translated("UpdateItem", self._table):
            attributes: Mapping[str, Any] = answer["Attributes"]
            return attributes

    def _expires(self, now: int) -> int:
        return now + self._keeping.seconds(Status.RUNNING)


def _numbers(numbers: Iterable[int]) -> dict[str, list[str]]:
    return {"NS": [str(number) for number in numbers]}


def _read_shard(item: Mapping[str, Any]) -> Shard:
    dead, cancelled = (frozenset(item[name]["SS"]) if name in item else frozenset() for name in ("dead", "cancelled"))
    return Shard(
        frozenset(int(number) for number in item["open"]["NS"]) if "open" in item else frozenset(), dead, cancelled
    )
