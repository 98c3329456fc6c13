"""DynamoDB's expressions, as far as job records use them: conditions with AND, OR, parentheses, comparisons, IN, BETWEEN, begins_with,
attribute_exists and attribute_not_exists; updates with SET (=, +, -, if_not_exists), REMOVE, and ADD and DELETE of sets. Names and values are
placeholders; numbers are whole.
"""

import operator
import re
from collections.abc import Callable, Iterator
from typing import Any

Item = dict[str, Any]
Condition = Callable[[Item], bool]

_TOKENS = re.compile(r"\s*([#:]\w+|\w+|<=|>=|<>|[=<>(),+-])")
_COMPARISONS = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Expressions:
    """Those of one request. Raises ValueError for what it does not know."""

    def __init__(self, request: Item) -> None:
        self._names = request.get("ExpressionAttributeNames", {})
        self._values = request.get("ExpressionAttributeValues", {})
        self._tokens: list[str] = []

    def met(self, text: str, item: Item) -> bool:
        """Whether a condition is met; an empty one is."""
        if not text:
            return True
        self._tokens = _read(text)
        met = self._any(item)
        self._end()
        return met

    def equal(self, text: str, name: str) -> Item:
        """The value that a condition on a key asks of its partition."""
        tokens = _read(text)
        for place, token in enumerate(tokens):
            if self._names.get(token) == name and tokens[place + 1 : place + 2] == ["="]:
                value: Item = self._values[tokens[place + 2]]
                return value
        raise ValueError(f"{text!r} says no {name}")

    def updated(self, text: str, item: Item) -> Item:
        """The item after an update."""
        self._tokens = _read(text)
        new = dict(item)
        while self._tokens:
            clause = self._tokens.pop(0)
            for _ in self._listed():
                name = self._name()
                if clause == "REMOVE":
                    new.pop(name, None)
                    continue
                if clause in ("ADD", "DELETE"):
                    _change_set(new, name, self._values[self._tokens.pop(0)], add=clause == "ADD")
                    continue
                if clause != "SET":
                    raise ValueError(f"update clause {clause}")
                self._take("=")
                new[name] = self._sum(item)
        return new

    def _any(self, item: Item) -> bool:
        met = self._all(item)
        while self._next("OR"):
            met = self._all(item) or met
        return met

    def _all(self, item: Item) -> bool:
        met = self._one(item)
        while self._next("AND"):
            met = self._one(item) and met
        return met

    def _one(self, item: Item) -> bool:
        if self._next("("):
            met = self._any(item)
            self._take(")")
            return met
        for function, wanted in (("attribute_exists", True), ("attribute_not_exists", False)):
            if self._next(function):
                self._take("(")
                found = self._name() in item
                self._take(")")
                return found is wanted
        if self._next("begins_with"):
            self._take("(")
            text = self._operand(item)
            self._take(",")
            prefix = self._operand(item)
            self._take(")")
            return bool(text and prefix and text["S"].startswith(prefix["S"]))
        left = self._operand(item)
        if self._next("IN"):
            self._take("(")
            rights = [self._operand(item) for _ in self._listed()]
            self._take(")")
            return left in rights
        if self._next("BETWEEN"):
            low = self._operand(item)
            self._take("AND")
            high = self._operand(item)
            return bool(left and low and high and _plain(low) <= _plain(left) <= _plain(high))
        compare = _COMPARISONS[self._tokens.pop(0)]
        right = self._operand(item)
        return (
            left is not None and right is not None and set(left) == set(right) and compare(_plain(left), _plain(right))
        )

    def _sum(self, item: Item) -> Item:
        left = self._term(item)
        for sign in ("+", "-"):
            if self._next(sign):
                right = self._term(item)
                return {"N": str(_plain(left) + _plain(right) * (1 if sign == "+" else -1))}
        return left

    def _term(self, item: Item) -> Item:
        if self._next("if_not_exists"):
            self._take("(")
            found = item.get(self._name())
            self._take(",")
            value = self._operand(item)
            self._take(")")
            found = value if found is None else found
        else:
            found = self._operand(item)
        if found is None:
            raise ValueError("an operand of the update does not exist")
        return found

    def _operand(self, item: Item) -> Item | None:
        token = self._tokens[0]
        if token.startswith(":"):
            value: Item = self._values[self._tokens.pop(0)]
            return value
        return item.get(self._name())

    def _name(self) -> str:
        name: str = self._names[self._tokens.pop(0)]
        return name

    def _listed(self) -> Iterator[None]:
        yield
        while self._next(","):
            yield

    def _next(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == token:
            self._tokens.pop(0)
            return True
        return False

    def _take(self, token: str) -> None:
        if not self._next(token):
            raise ValueError(f"{token} expected before {self._tokens[:1]}")

    def _end(self) -> None:
        if self._tokens:
            raise ValueError(f"what is {self._tokens[0]}")


def _change_set(item: Item, name: str, change: Item, *, add: bool) -> None:
    """An empty set is none: its attribute goes."""
    ((kind, values),) = change.items()
    if kind not in ("NS", "SS") or set(item.get(name, change)) != {kind}:
        raise ValueError(f"a {kind} for the set {name}")
    old = item.get(name, {kind: []})[kind]
    kept = [value for value in old if value not in values]
    item.pop(name, None)
    if new := [*kept, *values] if add else kept:
        item[name] = {kind: new}


def _read(text: str) -> list[str]:
    if _TOKENS.sub("", text).strip():
        raise ValueError(f"expression {text!r}")
    return _TOKENS.findall(text)


def _plain(value: Item) -> Any:
    ((kind, plain),) = value.items()
    return int(plain) if kind == "N" else plain
