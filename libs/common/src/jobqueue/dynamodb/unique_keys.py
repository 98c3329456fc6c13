"""Unique keys in the table of job records, each an item of its own. Any thread; a claim that nobody disputes is one write."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from jobqueue.consumer.job_records import JobRecord, Keeping, Key, RecordsError
from jobqueue.consumer.unique_keys import Claim, Holding, claimed
from jobqueue.dynamodb.items import key_of, value_of
from jobqueue.dynamodb.query import record_of
from jobqueue.dynamodb.writes import NotMet, conditional_write

if TYPE_CHECKING:
    from jobqueue.aws.service import Calls

STAGE = "unique"
ROUNDS = 4
"""As of job records: another claim came first in each of them."""

_NAMES = {"#holder": "holder", "#expires": "expires"}


def item_key(claim: Claim) -> Key:
    """Where the key stands in the table."""
    return Key(f"unique#{claim.type}#{claim.name}", STAGE)


class DynamoDbUniqueKeys:
    """Implements `UniqueKeys`. `now_ms`: milliseconds since 1970."""

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

    def claim(self, claim: Claim) -> str:
        """See the port. It is written at first as if the key were free; the refusal shows who has it."""
        now = self._now_ms()
        current: Holding | None = None
        holder: JobRecord | None = None
        for _ in range(ROUNDS):
            new = claimed(current, claim, holder, now, self._keeping.retention_seconds)
            if isinstance(new, str):
                return new
            try:
                self._put(claim, new, current, now)
            except NotMet as found:
                current = found.current
                ours = current is None or current.job_id == claim.job_id
                holder = None if ours else record_of(self._calls, self._table, Key(current.job_id, claim.type))
            else:
                return claim.job_id
        raise RecordsError(f"{item_key(claim).job_id} goes from job to job too fast. Try again.", code="Contended")

    def release(self, claim: Claim) -> None:
        """See the port. The item's time has passed from now on: that needs no right that a claim does not."""
        if record_of(self._calls, self._table, Key(claim.job_id, claim.type)) is not None:
            return
        parameters = {
            "Key": key_of(item_key(claim)),
            "UpdateExpression": "SET #expires = :now_seconds",
            "ConditionExpression": "#holder = :holder",
            "ExpressionAttributeNames": _NAMES,
            "ExpressionAttributeValues": {
                ":now_seconds": value_of(self._now_ms() // 1000),
                ":holder": value_of(claim.job_id),
            },
        }
        with suppress(NotMet):
            conditional_write(self._calls, self._table, "UpdateItem", parameters, _read)

    def _put(self, claim: Claim, new: Holding, current: Holding | None, now: int) -> None:
        """Raises NotMet where somebody has the key, or it is no longer `current`'s."""
        condition = "attribute_not_exists(#holder) OR #expires <= :now_seconds"
        values: dict[str, str | int] = {":now_seconds": now // 1000}
        if current is not None:
            condition += " OR (#holder = :holder AND #expires = :expires)"
            values |= {":holder": current.job_id, ":expires": current.expires}
        item: dict[str, str | int] = {"holder": new.job_id, "at": new.at, "expires": new.expires}
        parameters = {
            "Item": key_of(item_key(claim)) | {name: value_of(value) for name, value in item.items()},
            "ConditionExpression": condition,
            "ExpressionAttributeNames": _NAMES,
            "ExpressionAttributeValues": {name: value_of(value) for name, value in values.items()},
        }
        conditional_write(self._calls, self._table, "PutItem", parameters, _read)


def _read(item: Mapping[str, Mapping[str, str]]) -> Holding:
    return Holding(item["holder"]["S"], int(item["at"]["N"]), int(item["expires"]["N"]))
