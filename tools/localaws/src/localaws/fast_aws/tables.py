"""DynamoDB: tables in memory, and the operations on them that job records use. Every write is atomic, since one thread makes them all."""

from collections import deque
from typing import Any

from localaws.fast_aws.errors import AwsError
from localaws.fast_aws.expressions import Expressions, Item
from localaws.fast_aws.message import Json

MAX_WRITES = 50_000

_PREFIX = "com.amazonaws.dynamodb.v20120810#"


def dynamodb_error(shape: str, message: str, **more: Any) -> AwsError:
    return AwsError(_PREFIX + shape, message, code=shape, status=400, service="dynamodb", more=more)


class Tables:
    """Owns every table: by name the names of its key, and its items by their key's values. `writes` are the last items as they were written, in
    order."""

    def __init__(self) -> None:
        self.writes: deque[Item] = deque(maxlen=MAX_WRITES)
        self._keys: dict[str, tuple[str, ...]] = {}
        self._items: dict[str, dict[tuple[str, ...], Item]] = {}

    def create_table(self, request: Json) -> Json:
        name = request["TableName"]
        if name in self._keys:
            raise dynamodb_error("ResourceInUseException", f"Table already exists: {name}")
        self._keys[name] = tuple(part["AttributeName"] for part in request["KeySchema"])
        self._items[name] = {}
        return {"TableDescription": {"TableName": name, "TableStatus": "ACTIVE"}}

    def get_item(self, request: Json) -> Json:
        table, key = self._place(request, request["Key"])
        return {"Item": table[key]} if key in table else {}

    def put_item(self, request: Json) -> Json:
        table, key = self._place(request, request["Item"])
        self._check(request, table.get(key, {}))
        table[key] = request["Item"]
        self.writes.append(request["Item"])
        return {}

    def update_item(self, request: Json) -> Json:
        table, key = self._place(request, request["Key"])
        self._check(request, table.get(key, {}))
        try:
            new = Expressions(request).updated(request["UpdateExpression"], table.get(key, dict(request["Key"])))
        except (ValueError, KeyError) as error:
            raise dynamodb_error("ValidationException", f"Invalid UpdateExpression: {error}") from error
        table[key] = new
        self.writes.append(new)
        return {"Attributes": new} if request.get("ReturnValues") == "ALL_NEW" else {}

    def query(self, request: Json) -> Json:
        """Whole, in one page."""
        expressions = Expressions(request)
        items = self._table(request).values()
        asked = [request[name] for name in ("KeyConditionExpression", "FilterExpression") if name in request]
        found = [item for item in items if all(expressions.met(text, item) for text in asked)]
        return {"Items": sorted(found, key=lambda item: item[self._keys[request["TableName"]][-1]]["S"])}

    def scan(self, request: Json) -> Json:
        """All of it, in one page."""
        return {"Items": list(self._table(request).values())}

    def clear(self) -> None:
        self._keys.clear()
        self._items.clear()
        self.writes.clear()

    def _table(self, request: Json) -> dict[tuple[str, ...], Item]:
        try:
            return self._items[request["TableName"]]
        except KeyError:
            raise dynamodb_error("ResourceNotFoundException", "Requested resource not found") from None

    def _place(self, request: Json, item: Item) -> tuple[dict[tuple[str, ...], Item], tuple[str, ...]]:
        table = self._table(request)
        return table, tuple(item[name]["S"] for name in self._keys[request["TableName"]])

    def _check(self, request: Json, item: Item) -> None:
        try:
            met = Expressions(request).met(request.get("ConditionExpression", ""), item)
        except (ValueError, KeyError) as error:
            raise dynamodb_error("ValidationException", f"Invalid ConditionExpression: {error}") from error
        if not met:
            shown = item and request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            more = {"Item": item} if shown else {}
            raise dynamodb_error("ConditionalCheckFailedException", "The conditional request failed", **more)
