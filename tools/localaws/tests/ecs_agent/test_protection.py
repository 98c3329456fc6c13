"""Task protection requests: recorded, granted as the ECS agent grants them, and available to wait for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localaws.ecs_agent.protection import Protection, ProtectionRequest

ARN = "arn:aws:ecs:us-east-1:123456789012:task/c/1"
START = 1_780_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def protection(clock: Clock) -> Protection:
    return Protection(ARN, clock)


def put(protection: Protection, **asked: Any) -> tuple[int, dict[str, Any]]:
    answer = protection.put(json.dumps(asked).encode())
    return answer.status, json.loads(answer.text or "")


def state(protection: Protection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(protection.state().text or "")["protection"]
    return found


def test_a_request_is_granted_and_kept_with_its_time(protection: Protection, clock: Clock) -> None:
    told = {"ProtectionEnabled": True, "ExpirationDate": "2026-05-28T20:36:40Z", "TaskArn": ARN}
    assert put(protection, ProtectionEnabled=True, ExpiresInMinutes=10) == (200, {"protection": told})
    assert state(protection) == told
    clock.now += 5
    off = {"ProtectionEnabled": False, "ExpirationDate": None, "TaskArn": ARN}
    assert put(protection, ProtectionEnabled=False) == (200, {"protection": off})
    assert protection.requests() == [ProtectionRequest(START, True, 10), ProtectionRequest(START + 5, False)]


def test_protection_lapses_by_itself(protection: Protection, clock: Clock) -> None:
    assert not protection.is_on()
    put(protection, ProtectionEnabled=True)
    clock.now += 120 * 60 - 1
    assert protection.is_on()
    clock.now += 1
    assert not protection.is_on()
    assert state(protection)["ProtectionEnabled"] is False


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"ProtectionEnabled": "yes"},
        {"ProtectionEnabled": True, "ExpiresInMinutes": 0},
        {"ProtectionEnabled": True, "ExpiresInMinutes": 2881},
        {"ProtectionEnabled": True, "ExpiresInMinutes": True},
    ],
)
def test_what_is_no_request_is_refused_and_not_kept(protection: Protection, asked: dict[str, Any]) -> None:
    status, answer = put(protection, **asked)
    assert (status, answer["error"]["Code"]) == (400, "InvalidParameterException")
    assert protection.put(b"[]").status == 400
    assert protection.requests() == []
