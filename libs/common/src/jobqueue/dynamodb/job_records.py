"""Job records in one DynamoDB table. Any thread; each call is one write, where nothing is in its way.

A change is written at first as if nothing were in its way, with the rule as the write's condition. Where that is not met the answer shows the item as
it is: the rule decides on it (`consumer.job_records`), and what is to be written is, on the condition that the item is still the same.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from jobqueue.consumer import job_records
from jobqueue.consumer.job_records import (
    VERSION,
    Answer,
    Beat,
    Change,
    Ending,
    JobRecord,
    Keeping,
    Key,
    NewJob,
    Refusal,
    Refused,
    Start,
    Status,
    living,
)
from jobqueue.dynamodb.errors import translated
from jobqueue.dynamodb.items import ATTRIBUTES, LISTED, key_of, listed, read_record, value_of, write_record
from jobqueue.dynamodb.query import RECORD, items_of
from jobqueue.dynamodb.writes import NotMet, conditional, conditional_write, met

if TYPE_CHECKING:
    from jobqueue.aws.service import Calls

ROUNDS = 4
"""How often a change is decided anew because another writer came first. Each of them went on, so that one more seldom meets another."""

CHECK_SECONDS = 10.0
"""For the check at start, when no lease is held yet: it may be the table's first call, and the network's."""

_OURS = "#owner = :owner AND #expires > :now_seconds"
_NAMED = re.compile(r"#(\w+)")
_NAMES = {**ATTRIBUTES, "listed": LISTED}
_GUARDED = ("status", "owner", "attempt", "lease_ends", "expires", "cancel")
"""No write leaves all of them as they were."""

UPDATE = "UpdateItem"
Rule = Callable[[JobRecord | None], Change | Answer]


class Write(NamedTuple):
    """An update that asks for the item as it was left; the rule says what to do where its condition was not met."""

    parameters: Mapping[str, Any]
    rule: Rule


class DynamoDbJobRecords:
    """Implements `JobRecords`. `now_ms`: milliseconds since 1970."""

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

    def check(self) -> None:
        """See the port. A write whose condition cannot be met needs no right that the others do not."""
        with suppress(NotMet):
            parameters = _update(Key("-", "-"), "SET #expires = :expires", "#expires < :expires", {"expires": 0})
            self._write(UPDATE, parameters, CHECK_SECONDS)

    def queued(self, job: NewJob) -> Answer:
        """See the port."""
        now = self._now_ms()
        return self._decide(None, lambda current: job_records.queue(current, job, now, self._keeping))

    def begin(self, start: Start) -> Answer:
        """See the port."""
        return self._make(self.write_of_begin(start))

    def write_of_begin(self, start: Start) -> Write:
        """The write of `begin`, to be made."""
        now = self._now_ms()
        parameters = _update(
            start.key,
            "SET #type = :type, #status = :running, #listed = :listed, #owner = :owner, #lease_ends = :lease_ends, #expires = :expires, "
            "#version = :version, #began_at = :now, #correlation_id = :correlation_id, #attempt = if_not_exists(#attempt, :zero) + :one, "
            "#begins = if_not_exists(#begins, :zero) + :one "
            "REMOVE #settled_by, #ended_at, #due_at, #reason",
            "attribute_not_exists(#type) OR (#type = :type AND #version <= :version AND #expires > :now_seconds "
            "AND attribute_not_exists(#cancel) "
            "AND (#status IN (:queued, :retrying) OR (#status = :running AND #lease_ends <= :now)))",
            {
                "type": start.type,
                "owner": start.owner,
                "lease_ends": start.lease_ends,
                "correlation_id": start.correlation_id,
                "expires": now // 1000 + self._keeping.seconds(Status.RUNNING),
                "version": VERSION,
                "now": now,
                "now_seconds": now // 1000,
                "zero": 0,
                "one": 1,
                "queued": Status.QUEUED,
                "retrying": Status.RETRYING,
                "running": Status.RUNNING,
                "listed": listed(start.key.job_id, Status.RUNNING),
            },
        )
        return Write(parameters, lambda current: job_records.begin(current, start, now, self._keeping))

    def beat(self, key: Key, owner: str, beat: Beat) -> Answer:
        """See the port."""
        now = self._now_ms()
        values: dict[str, Any] = {
            "lease_ends": beat.lease_ends,
            "expires": now // 1000 + self._keeping.seconds(Status.RUNNING),
            **_without_empty(progress=beat.progress, cursor=beat.cursor),
        }
        sets = ", ".join(f"#{name} = :{name}" for name in values)
        parameters = _update(key, f"SET {sets}", _OURS, values | {"owner": owner, "now_seconds": now // 1000})
        return self._make(Write(parameters, lambda current: job_records.beat(current, owner, beat, now, self._keeping)))

    def end(self, key: Key, owner: str, ending: Ending) -> Answer:
        """See the port."""
        return self._make(self.write_of_end(key, owner, ending))

    def write_of_end(self, key: Key, owner: str, ending: Ending) -> Write:
        """The write of `end`, to be made."""
        now = self._now_ms()
        values: dict[str, Any] = {
            "status": ending.status,
            "listed": listed(key.job_id, ending.status),
            "ended_at": ending.at,
            "expires": now // 1000 + self._keeping.seconds(ending.status),
            **_without_empty(
                due_at=ending.due_at, reason=ending.reason, progress=ending.progress, cursor=ending.cursor
            ),
        }
        sets = ["#settled_by = :owner", *(f"#{name} = :{name}" for name in values)]
        values |= {"owner": owner, "now_seconds": now // 1000}
        if not ending.counts:
            sets.append("#attempt = #attempt - :one")
            values["one"] = 1
        condition = _OURS if ending.status.over else f"{_OURS} AND attribute_not_exists(#cancel)"
        parameters = _update(key, f"SET {', '.join(sets)} REMOVE #owner, #lease_ends", condition, values)
        return Write(parameters, lambda current: job_records.end(current, owner, ending, now, self._keeping))

    def cancel(self, key: Key, reason: str) -> Answer:
        """See the port."""
        now = self._now_ms()
        return self._decide(self._get(key), lambda current: job_records.cancel(current, reason, now, self._keeping))

    def find(self, job_id: str) -> Sequence[JobRecord]:
        """See the port. Passes over steps."""
        now = self._now_ms()
        with translated("Query", self._table):
            found = [read_record(item) for item in items_of(self._calls, self._table, job_id, only=RECORD)]
        return [record for record in found if living(record, now)]

    def _get(self, key: Key) -> JobRecord | None:
        parameters = {"TableName": self._table, "Key": key_of(key), "ConsistentRead": True}
        with translated("GetItem", self._table):
            item = self._calls.call("GetItem", parameters).get("Item")
            return None if item is None else read_record(item)

    def _make(self, write: Write) -> Answer:
        return self.answer(write, lambda: self._calls.call(UPDATE, conditional(self._table, write.parameters)))

    def answer(self, write: Write, call: Callable[[], Mapping[str, Any]]) -> Answer:
        """What came of a write. Blocks where something was in its way."""
        try:
            with met(self._table, UPDATE, read_record):
                return read_record(call()["Attributes"])
        except NotMet as found:
            return self._decide(found.current, write.rule)

    def _decide(self, current: JobRecord | None, rule: Rule) -> Answer:
        """Writes what the rule says of `current`, or of what it became meanwhile."""
        for _ in range(ROUNDS):
            decided = rule(current)
            if not isinstance(decided, Change):
                return decided
            try:
                self._put(decided.record, current)
            except NotMet as found:
                current = found.current
            else:
                return decided.answer or decided.record
        return Refused(Refusal.RUNNING, current)

    def _put(self, record: JobRecord, current: JobRecord | None) -> None:
        """Raises NotMet where the item is no longer `current`."""
        names, values, conditions = {"#type": ATTRIBUTES["type"]}, {}, ["attribute_not_exists(#type)"]
        if current is not None:
            names, conditions = {f"#{name}": ATTRIBUTES[name] for name in _GUARDED}, []
            for name in _GUARDED:
                value = getattr(current, name)
                values[f":{name}"] = value_of(value)
                same = f"#{name} = :{name}"
                conditions.append(same if value else f"({same} OR attribute_not_exists(#{name}))")
        parameters: dict[str, Any] = {
            "Item": write_record(record),
            "ConditionExpression": " AND ".join(conditions),
            "ExpressionAttributeNames": names,
        }
        if values:
            parameters["ExpressionAttributeValues"] = values
        self._write("PutItem", parameters)

    def _write(self, operation: str, parameters: Mapping[str, Any], seconds: float | None = None) -> dict[str, Any]:
        return conditional_write(self._calls, self._table, operation, parameters, read_record, seconds)


def _update(key: Key, update: str, condition: str, values: Mapping[str, str | int | Status]) -> dict[str, Any]:
    return {
        "Key": key_of(key),
        "UpdateExpression": update,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": _names(update, condition),
        "ExpressionAttributeValues": {f":{name}": value_of(value) for name, value in values.items()},
        "ReturnValues": "ALL_NEW",
    }


@lru_cache(64)
def _names(update: str, condition: str) -> dict[str, str]:
    return {f"#{name}": _NAMES[name] for name in _NAMED.findall(f"{update} {condition}")}


def _without_empty(**values: str | int) -> dict[str, str | int]:
    return {name: value for name, value in values.items() if value}
