"""Remembered steps in the table of job records, each an item beside its job's. Any thread; each write is one call."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from jobqueue.consumer.job_steps import JobStep, kept_seconds, living
from jobqueue.dynamodb.errors import translated
from jobqueue.dynamodb.items import STEP_ATTRIBUTES, read_step, step_prefix, value_of, write_step
from jobqueue.dynamodb.query import NO_RECORD, items_of
from jobqueue.dynamodb.writes import NotMet, conditional_write

if TYPE_CHECKING:
    from jobqueue.aws.service import Calls
    from jobqueue.consumer.job_records import Keeping, Key

_EXPIRED = "#expires <= :now_seconds"
_BEGUN = "#mark = :mark AND attribute_not_exists(#result)"


class DynamoDbJobSteps:
    """Implements `JobSteps`. `now_ms`: milliseconds since 1970."""

    def __init__(
        self,
        calls: Calls,
        table: str,
        keeping: Keeping,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._calls = calls
        self._table = table
        self._seconds = kept_seconds(keeping)
        self._now_ms = now_ms

    def read(self, key: Key) -> Sequence[JobStep]:
        """See the port. A call for each MiB."""
        now = self._now_ms()
        with translated("Query", self._table):
            items = items_of(self._calls, self._table, key.job_id, prefix=step_prefix(key), only=NO_RECORD)
            found = [read_step(item) for item in items]
        return [step for step in found if living(step, now)]

    def begin(self, step: JobStep) -> JobStep | None:
        """See the port."""
        return self._put(step, f"(attribute_not_exists(#mark) AND attribute_not_exists(#result)) OR {_EXPIRED}")

    def end(self, step: JobStep) -> JobStep | None:
        """See the port."""
        return self._put(step, _BEGUN if step.mark else f"attribute_not_exists(#result) OR {_EXPIRED}", step.mark)

    def again(self, step: JobStep) -> JobStep | None:
        """See the port."""
        return self._put(replace(step, mark="", result=None), _BEGUN, step.mark)

    def _put(self, step: JobStep, condition: str, mark: str = "") -> JobStep | None:
        now = self._now_ms()
        step = replace(step, expires=now // 1000 + self._seconds)
        values: dict[str, str | int] = {":mark": mark} if ":mark" in condition else {}
        if ":now_seconds" in condition:
            values[":now_seconds"] = now // 1000
        parameters = {
            "Item": write_step(step),
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {
                f"#{name}": stored for name, stored in STEP_ATTRIBUTES.items() if f"#{name}" in condition
            },
            "ExpressionAttributeValues": {name: value_of(value) for name, value in values.items()},
        }
        try:
            conditional_write(self._calls, self._table, "PutItem", parameters, read_step)
        except NotMet as found:
            return living(found.current, now)
        return step
