"""Containment of telemetry's failures: what it raises is logged now and then, and changes nothing for a message.

Two forms of one thing. `harmless` runs one piece of work; `Harmless` makes every public method of its subclasses such a piece, so that a new
method cannot be forgotten. They take `BaseException`: an error that a handler made may raise anything at all when it is asked for its text.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

from jobqueue.consumer.job_events import text_of
from jobqueue.consumer.rate_limited_log import RateLimitedLog

Given = ParamSpec("Given")
Result = TypeVar("Result")

MAX_TEXT_CHARACTERS = 300
_limited_log = RateLimitedLog(logging.getLogger("jobqueue.telemetry"))


def harmless(otherwise: Result, work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
    """What `work` gives, or `otherwise` where it raises."""
    try:
        return work(*given, **named)
    except BaseException as error:  # noqa: BLE001 (the border)
        _log(error)
        return otherwise


class Harmless:
    """A base class. A public method of a subclass that raises gives None (`__enter__`: itself) in place of its result."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, method in list(vars(cls).items()):
            if isinstance(method, FunctionType) and (name in ("__enter__", "__exit__") or not name.startswith("_")):
                setattr(cls, name, _bordered(method))


def _bordered(method: FunctionType) -> Callable[..., Any]:
    @wraps(method)
    def bordered(self: Harmless, *given: Any, **named: Any) -> Any:
        try:
            return method(self, *given, **named)
        except BaseException as error:  # noqa: BLE001 (the border)
            _log(error)
            return self if method.__name__ == "__enter__" else None

    return bordered


def _log(error: BaseException) -> None:
    kind, place = type(error).__name__, error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = "" if place is None else f" ({Path(place.tb_frame.f_code.co_filename).name}, line {place.tb_lineno})"
    text = text_of(error)[:MAX_TEXT_CHARACTERS]
    _limited_log.warning(kind, f"telemetry could not record something; the job goes on: {kind}: {text}{where}")
