"""Task-protection endpoint of one task, with the requests that it made.

The agent's endpoint as documented, with its answers and its limits; ECS itself is not asked, as moto has no task protection:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html

Written by the door's server threads, read and awaited by any other.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Condition
from typing import Any

import orjson

from localaws.http_server import Answer

PATH = "/task-protection/v1/state"
MIN_MINUTES, MAX_MINUTES, DEFAULT_MINUTES = 1, 2880, 120
"""`ExpiresInMinutes`, from the page above."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One request that was granted. `at` is seconds since the epoch; `minutes` is None where protection is dropped."""

    at: float
    enabled: bool
    minutes: int | None = None

    def ends(self) -> float | None:
        """When it lapses by itself, in seconds since the epoch."""
        return None if self.minutes is None else self.at + 60 * self.minutes


class Protection:
    """Owns the requests of one task."""

    def __init__(self, task_arn: str, clock: Callable[[], float] = time.time) -> None:
        self._task_arn = task_arn
        self._clock = clock
        self._changed = Condition()
        self._wishes: list[Wish] = []

    def wishes(self) -> list[Wish]:
        """All requests so far, in order."""
        with self._changed:
            return list(self._wishes)

    def wait_for(self, *, enabled: bool, seconds: float, after: int = 0) -> Wish:
        """The first matching request after the first `after` ones, made already or within `seconds`.

        Raises:
            TimeoutError: there was none.
        """

        def found() -> Wish | None:
            return next((wish for wish in self._wishes[after:] if wish.enabled is enabled), None)

        with self._changed:
            wish = self._changed.wait_for(found, seconds)
        if wish is None:
            raise TimeoutError(f"{self._task_arn} did not ask for protection {enabled=} in {seconds:.0f} s")
        return wish

    def is_on(self) -> bool:
        """Whether ECS would protect the task now: asked for and not lapsed."""
        return self._end() is not None

    def state(self) -> Answer:
        """Answer GET."""
        return self._told()

    def put(self, body: bytes) -> Answer:
        """Answer PUT: keep a valid request, refuse an invalid one."""
        try:
            asked = orjson.loads(body)
            enabled, minutes = asked["ProtectionEnabled"], asked.get("ExpiresInMinutes", DEFAULT_MINUTES)
        except (ValueError, TypeError, KeyError, AttributeError):
            return self.refusal(HTTPStatus.BAD_REQUEST, "InvalidParameterException", "ProtectionEnabled is missing")
        if not isinstance(enabled, bool) or type(minutes) is not int or not MIN_MINUTES <= minutes <= MAX_MINUTES:
            return self.refusal(HTTPStatus.BAD_REQUEST, "InvalidParameterException", "true or false, 1 to 2880 minutes")
        with self._changed:
            self._wishes.append(Wish(self._clock(), enabled, minutes if enabled else None))
            self._changed.notify_all()
        return self._told()

    def refusal(self, status: int, code: str, message: str) -> Answer:
        """An error answer in the form of the agent, for ECS's errors and its own."""
        error = {"Arn": self._task_arn, "Code": code, "Message": message}
        return json_answer(status, {"requestID": str(uuid.uuid4()), "error": error})

    def _end(self) -> float | None:
        """When the protection that is on now lapses."""
        with self._changed:
            ends = self._wishes[-1].ends() if self._wishes else None
        return ends if ends is not None and self._clock() < ends else None

    def _told(self) -> Answer:
        ends = self._end()
        date = None if ends is None else datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        told = {"ProtectionEnabled": ends is not None, "ExpirationDate": date, "TaskArn": self._task_arn}
        return json_answer(HTTPStatus.OK, {"protection": told})


def json_answer(status: int, content: dict[str, Any], headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """An answer in JSON."""
    return Answer(status, orjson.dumps(content), [("Content-Type", "application/json"), *headers])
