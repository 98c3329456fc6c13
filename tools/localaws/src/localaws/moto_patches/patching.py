"""Add operations and state to moto's own classes, before its server takes requests.

Moto finds an operation as a method of a service's response class, and keeps state in a backend for each account and region. So an operation is a
method put on that class, and its state a dictionary in that backend: moto's own reset clears it too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

Operation = Callable[..., Any]


def add_operations(responses: type, *operations: Operation) -> None:
    """Adds each operation as a method of `responses` under its own name, which is the API's in snake case."""
    for operation in operations:
        setattr(responses, operation.__name__, operation)


def wrap(owner: type, name: str, wrapper: Operation) -> None:
    """Replaces the method `name` of `owner` with `wrapper(old, self, ...)`."""
    old = getattr(owner, name)

    @functools.wraps(old)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        return wrapper(old, self, *args, **kwargs)

    setattr(owner, name, wrapped)


def state(backend: Any, name: str) -> dict[str, Any]:
    """A dictionary that lives as long as the backend's other state."""
    kept: dict[str, Any] = vars(backend).setdefault(f"_patch_{name}", {})
    return kept
