"""All pages of a Query, and its filters: an item with a status is a job's record, one without is a step of it. Any thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobqueue.aws.service import Calls

RECORD, NO_RECORD = "attribute_exists(#status)", "attribute_not_exists(#status)"


def items_of(calls: Calls, parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A call for each MiB that is read. Raises CallError, and KeyError for what is no answer."""
    while True:
        page = calls.call("Query", parameters)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        parameters = {**parameters, "ExclusiveStartKey": page["LastEvaluatedKey"]}
