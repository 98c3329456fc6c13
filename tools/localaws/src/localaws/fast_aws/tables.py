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


class Partitions:
    """The items of a table, or those in an index of it, by their partition key and their place in the table."""

    def __init__(self, schema: list[Json]) -> None:
        self.names = tuple(part["AttributeName"] for part in schema)
        self.items: dict[str, dict[tuple[str, ...], Item]] = {}

    def put(self, place: tuple[str, ...], old: Item | None, new: Item) -> None:
        partition = self.names[0]
        if old is not None and old.get(partition) != new.get(partition) and partition in old:
            del self.items[old[partition]["S"]][place]
        if all(name in new for name in self.names):
            self.items.setdefault(new[partition]["S"], {})[place] = new


class Tables:
    """Owns every table: its items by their place, which is the values of its key, and its partitions, and those of its indexes by name. `writes`
    are the last items as they were written, in order."""

    def __init__(self) -> None:
        self.writes: deque[Item] = deque(maxlen=MAX_WRITES)
        self._items: dict[str, dict[tuple[str, ...], Item]] = {}
        self._partitions: dict[str, dict[str, Partitions]] = {}

    def create_table(self, request: Json) -> Json:
        name = request["TableName"]
        if name in self._items:
            raise dynamodb_error("ResourceInUseException", f"Table already exists: {name}")
        indexes = request.get("GlobalSecondaryIndexes", ())
        self._items[name] = {}
        self._partitions[name] = {"": Partitions(request["KeySchema"])} | {
            index["IndexName"]: Partitions(index["KeySchema"]) for index in indexes
        }
        return {"TableDescription": {"TableName": name, "TableStatus": "ACTIVE"}}

    def get_item(self, request: Json) -> Json:
        table, place = self._place(request, request["Key"])
        return {"Item": table[place]} if place in table else {}

    def put_item(self, request: Json) -> Json:
        table, place = self._place(request, request["Item"])
        self._check(request, table.get(place, {}))
        self._put(request, place, request["Item"])
        return {}

    def batch_get_item(self, request: Json) -> Json:
        found: dict[str, list[Item]] = {}
        for name, asked in request["RequestItems"].items():
            answers = (self.get_item({"TableName": name, "Key": key}) for key in asked["Keys"])
            found[name] = [answer["Item"] for answer in answers if answer]
        return {"Responses": found, "UnprocessedKeys": {}}

    def batch_write_item(self, request: Json) -> Json:
        """Puts alone."""
        for name, puts in request["RequestItems"].items():
            for put in puts:
                self.put_item({"TableName": name, **put["PutRequest"]})
        return {"UnprocessedItems": {}}

    def update_item(self, request: Json) -> Json:
        table, place = self._place(request, request["Key"])
        self._check(request, table.get(place, {}))
        try:
            new = Expressions(request).updated(request["UpdateExpression"], table.get(place, dict(request["Key"])))
        except (ValueError, KeyError) as error:
            raise dynamodb_error("ValidationException", f"Invalid UpdateExpression: {error}") from error
        self._put(request, place, new)
        return {"Attributes": new} if request.get("ReturnValues") == "ALL_NEW" else {}

    def query(self, request: Json) -> Json:
        """Of a table or an index, whose items are answered whole: up to `Limit`, else in one page."""
        self._table(request)
        partitions = self._partitions[request["TableName"]].get(request.get("IndexName", ""))
        if partitions is None:
            raise dynamodb_error("ValidationException", "The table does not have the specified index")
        expressions = Expressions(request)
        partition = expressions.equal(request["KeyConditionExpression"], partitions.names[0])
        begin, backwards = request.get("ExclusiveStartKey"), request.get("ScanIndexForward") is False
        asked = [request[name] for name in ("KeyConditionExpression", "FilterExpression") if name in request]

        def order(item: Item) -> tuple[str, ...]:
            return tuple(item[name]["S"] for name in (*partitions.names[1:], *self._names(request)))

        items = sorted(partitions.items.get(partition["S"], {}).values(), key=order, reverse=backwards)
        found: list[Item] = []
        for item in items:
            if begin is not None and (order(item) >= order(begin) if backwards else order(item) <= order(begin)):
                continue
            if all(expressions.met(text, item) for text in asked):
                found.append(item)
                if len(found) == request.get("Limit") and item is not items[-1]:
                    names = {*partitions.names, *self._names(request)}
                    return {"Items": found, "LastEvaluatedKey": {name: item[name] for name in names}}
        return {"Items": found}

    def scan(self, request: Json) -> Json:
        """All of it, in one page."""
        return {"Items": list(self._table(request).values())}

    def clear(self) -> None:
        self._items.clear()
        self._partitions.clear()
        self.writes.clear()

    def _table(self, request: Json) -> dict[tuple[str, ...], Item]:
        try:
            return self._items[request["TableName"]]
        except KeyError:
            raise dynamodb_error("ResourceNotFoundException", "Requested resource not found") from None

    def _place(self, request: Json, item: Item) -> tuple[dict[tuple[str, ...], Item], tuple[str, ...]]:
        table = self._table(request)
        return table, tuple(item[name]["S"] for name in self._names(request))

    def _names(self, request: Json) -> tuple[str, ...]:
        return self._partitions[request["TableName"]][""].names

    def _put(self, request: Json, place: tuple[str, ...], new: Item) -> None:
        table = self._items[request["TableName"]]
        for partitions in self._partitions[request["TableName"]].values():
            partitions.put(place, table.get(place), new)
        table[place] = new
        self.writes.append(new)

    def _check(self, request: Json, item: Item) -> None:
        try:
            met = Expressions(request).met(request.get("ConditionExpression", ""), item)
        except (ValueError, KeyError) as error:
            raise dynamodb_error("ValidationException", f"Invalid ConditionExpression: {error}") from error
        if not met:
            shown = item and request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            more = {"Item": item} if shown else {}
            raise dynamodb_error("ConditionalCheckFailedException", "The conditional request failed", **more)
