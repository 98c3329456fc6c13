"""Task-protection endpoint of one task, with the requests that it made.

The agent's endpoint as documented, with its answers and its limits; ECS itself is not asked, as moto has no task protection:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Lock

from aiohttp import web

PATH = "/task-protection/v1/state"
MIN_MINUTES, MAX_MINUTES, DEFAULT_MINUTES = 1, 2880, 120
"""`ExpiresInMinutes`, from the page above."""


@dataclass(frozen=True, slots=True)
class ProtectionRequest:
    """One request that was granted. `at` is seconds since the epoch; `minutes` is None where protection is dropped."""

    at: float
    enabled: bool
    minutes: int | None = None

    def ends(self) -> float | None:
        """When it lapses by itself, in seconds since the epoch."""
        return None if self.minutes is None else self.at + 60 * self.minutes


class Protection:
    """Owns the requests of one task. Written by its endpoint's thread, read by any."""

    def __init__(self, task_arn: str, clock: Callable[[], float] = time.time) -> None:
        self._task_arn = task_arn
        self._clock = clock
        self._lock = Lock()
        self._requests: list[ProtectionRequest] = []

    def requests(self) -> list[ProtectionRequest]:
        """All requests so far, in order."""
        with self._lock:
            return list(self._requests)

    def is_on(self) -> bool:
        """Whether ECS would protect the task now: asked for and not lapsed."""
        return self._end() is not None

    def state(self) -> web.Response:
        """Answer GET."""
        ends = self._end()
        date = None if ends is None else datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        state = {"ProtectionEnabled": ends is not None, "ExpirationDate": date, "TaskArn": self._task_arn}
        return web.json_response({"protection": state})

    def put(self, body: bytes) -> web.Response:
        """Answer PUT: keep a valid request, refuse an invalid one."""
        try:
            asked = json.loads(body)
            enabled, minutes = asked["ProtectionEnabled"], asked.get("ExpiresInMinutes", DEFAULT_MINUTES)
        except (ValueError, TypeError, KeyError):
            return self.refusal(HTTPStatus.BAD_REQUEST, "InvalidParameterException", "ProtectionEnabled is missing")
        if not isinstance(enabled, bool) or type(minutes) is not int or not MIN_MINUTES <= minutes <= MAX_MINUTES:
            return self.refusal(HTTPStatus.BAD_REQUEST, "InvalidParameterException", "true or false, 1 to 2880 minutes")
        with self._lock:
            self._requests.append(ProtectionRequest(self._clock(), enabled, minutes if enabled else None))
        return self.state()

    def refusal(self, status: int, code: str, message: str) -> web.Response:
        """An error answer in the form of the agent, for ECS's errors and its own."""
        error = {"Arn": self._task_arn, "Code": code, "Message": message}
        return web.json_response({"requestID": str(uuid.uuid4()), "error": error}, status=status)

    def _end(self) -> float | None:
        """When the protection that is on now lapses."""
        with self._lock:
            ends = self._requests[-1].ends() if self._requests else None
        return ends if ends is not None and self._clock() < ends else None
