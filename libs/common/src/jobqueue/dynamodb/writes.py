"""Conditional writes. Any thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from jobqueue.aws.answers import CallError
from jobqueue.dynamodb.errors import translated

if TYPE_CHECKING:
    from jobqueue.aws.service import Calls


class NotMet(Exception):  # noqa: N818 (what happened)
    """A write's condition was not met; `current` is the item as it is, read, or None where there is none."""

    def __init__(self, current: Any) -> None:
        super().__init__()
        self.current = current


def conditional_write(
    calls: Calls,
    table: str,
    operation: str,
    parameters: Mapping[str, Any],
    read: Callable[[Mapping[str, Any]], object],
    seconds: float | None = None,
) -> dict[str, Any]:
    """One call; its answer. `read` makes a value of an item; `seconds` is the call's time, where it is not that of all calls.

    Raises:
        NotMet: nothing was written.
        RecordsError: it may have been.
    """
    with met(table, operation, read):
        return calls.call(operation, conditional(table, parameters), seconds=seconds)


def conditional(table: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Of a write that shows what was in its way."""
    return {**parameters, "TableName": table, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


@contextmanager
def met(table: str, operation: str, read: Callable[[Mapping[str, Any]], object]) -> Iterator[None]:
    """Around a conditional write, or the reading of its answer; raises as `conditional_write`."""
    with translated(operation, table):
        try:
            yield
        except CallError as error:
            if error.code != "ConditionalCheckFailedException":
                raise
            item = error.said.get("Item")
            raise NotMet(None if item is None else read(item)) from None
