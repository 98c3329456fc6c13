"""DynamoDB: writes that are atomic, and capacity as AWS counts it.

- UpdateItem, PutItem and DeleteItem read an item, test the condition and write, without a lock: of eight conditional writes at once two succeed now
  and then. One call at a time is performed here.
- Consumed capacity is a constant, and UpdateItem reports it unasked.
- DeleteTable of a table that is gone does not name it. Terraform's provider knows it by that text, when it repeats a call whose answer was late.

Sizes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
Writes to indexes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html, "Write capacity units"
Reads count what they answer with: a filter or a projection makes them too cheap.
"""

from __future__ import annotations

import copy
import math
from collections import Counter
from threading import RLock
from typing import Any

from moto.dynamodb.exceptions import ResourceNotFoundException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.responses import DynamoHandler

from localaws.moto_patches.patching import wrap

WRITE_UNIT_BYTES, READ_UNIT_BYTES = 1024, 4096
WRITES = ("put_item", "update_item", "delete_item")

_lock = RLock()
_consumed: Counter[tuple[str, str]] = Counter()
"""Write units of the call that is performed, by table and index; the table's own under an empty name."""


def patch() -> None:
    """One call at a time, each with what it consumed."""
    wrap(DynamoHandler, "call_action", _one_at_a_time)
    wrap(DynamoDBBackend, "delete_table", _named)
    for operation in WRITES:
        wrap(DynamoDBBackend, operation, _metered)
        wrap(DynamoHandler, operation, _report_write)
    for operation in ("batch_write_item", "transact_write_items"):
        wrap(DynamoHandler, operation, _report_writes)
    for operation in ("get_item", "query", "scan"):
        wrap(DynamoHandler, operation, _report_read)


def _one_at_a_time(old: Any, handler: Any) -> Any:
    with _lock:
        _consumed.clear()
        return old(handler)


def _named(old: Any, backend: Any, name: str) -> Any:
    try:
        return old(backend, name)
    except ResourceNotFoundException:
        raise ResourceNotFoundException(table_name=name) from None


def _metered(old: Any, backend: Any, table_name: str, named: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
    """A write of one item. `named` is its key, or the whole of it."""
    table = backend.get_table(table_name)
    hash_key, range_key = backend.get_keys_value(table, named)
    before = copy.deepcopy(_attributes(table, hash_key, range_key))
    result = old(backend, table_name, named, *args, **kwargs)
    after = _attributes(table, hash_key, range_key)
    _consumed[table_name, ""] += _units(max(_size(before), _size(after)), WRITE_UNIT_BYTES)
    for index in table.global_indexes:
        _consumed[table_name, index.name] += _index_units(index, before, after)
    return result


def _attributes(table: Any, hash_key: Any, range_key: Any) -> dict[str, Any]:
    item = table.get_item(hash_key, range_key)
    return {} if item is None else item.attrs


def _index_units(index: Any, before: dict[str, Any], after: dict[str, Any]) -> int:
    """One write for an entry that comes, goes or changes, two for one whose key changes: it goes and comes."""
    old, new = _entry(index, before), _entry(index, after)
    if old == new:
        return 0
    same_key = old and new and all(old[name] == new[name] for name in index.schema_key_attrs)
    sizes = [max(_size(old), _size(new))] if same_key else [_size(entry) for entry in (old, new) if entry]
    return sum(_units(size, WRITE_UNIT_BYTES) for size in sizes)


def _entry(index: Any, attributes: dict[str, Any]) -> dict[str, Any]:
    """What the index holds of an item; nothing where a part of its key is missing."""
    if not all(name in attributes for name in index.schema_key_attrs):
        return {}
    projection = index.projection or {}
    if projection.get("ProjectionType") == "ALL":
        return attributes
    kept = {*index.table_key_attrs, *index.schema_key_attrs, *projection.get("NonKeyAttributes", ())}
    return {name: value for name, value in attributes.items() if name in kept}


def _units(size: int, unit: int) -> int:
    return max(1, math.ceil(size / unit))


def _size(attributes: dict[str, Any]) -> int:
    return sum(len(name.encode()) + _value_size(value.type, value.value) for name, value in attributes.items())


def _value_size(kind: str, value: Any) -> int:
    if kind == "N":
        digits: str = value.lstrip("-").replace(".", "").strip("0")
        return (len(digits) + 1) // 2 + 1 + int(value.startswith("-"))
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "L":
        return 3 + sum(1 + _value_size(one.type, one.value) for one in value)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_size(one.type, one.value) for name, one in value.items())
    if kind in ("SS", "NS", "BS"):
        return sum(_value_size(kind[0], one) for one in value)
    size: int = len(value.encode() if isinstance(value, str) else value)
    return size


def _report_write(old: Any, handler: Any) -> Any:
    answer = old(handler)
    _report(handler, answer, _of_table(handler, handler.body["TableName"]))
    return answer


def _report_writes(old: Any, handler: Any) -> Any:
    answer = old(handler)
    factor = 2 if "TransactItems" in handler.body else 1
    tables = dict.fromkeys(table for table, _ in _consumed)
    _report(handler, answer, [_of_table(handler, table, factor) for table in tables])
    return answer


def _report_read(old: Any, handler: Any) -> Any:
    answer = old(handler)
    result = answer.result
    items = result.get("Items", [result["Item"]] if result.get("Item") else [])
    size = sum(_plain_size(item) for item in items)
    units = _units(size, READ_UNIT_BYTES) * (1 if handler.body.get("ConsistentRead") else 0.5)
    _report(handler, answer, {"TableName": handler.body["TableName"], "CapacityUnits": units})
    return answer


def _plain_size(item: dict[str, Any]) -> int:
    from moto.dynamodb.models.dynamo_type import Item

    return _size(Item(None, None, item).attrs)  # type: ignore[arg-type]


def _report(handler: Any, answer: Any, consumed: Any) -> None:
    for name in ("ConsumedCapacity", "ConsumedCapacityUnits"):
        answer.result.pop(name, None)
    if handler.body.get("ReturnConsumedCapacity", "NONE") != "NONE":
        answer.result["ConsumedCapacity"] = consumed


def _of_table(handler: Any, table: str, factor: int = 1) -> dict[str, Any]:
    units = {index: factor * count for (name, index), count in _consumed.items() if name == table}
    consumed: dict[str, Any] = {"TableName": table, "CapacityUnits": float(sum(units.values()))}
    if handler.body.get("ReturnConsumedCapacity") == "INDEXES":
        own = units.pop("", 0)
        consumed["Table"] = {"CapacityUnits": float(own)}
        consumed["GlobalSecondaryIndexes"] = {name: {"CapacityUnits": float(count)} for name, count in units.items()}
    return consumed
