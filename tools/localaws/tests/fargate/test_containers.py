"""Docker's events as they come, from engines old and new."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localaws.fargate.containers import Event, Happened, read_event


def line(action: str, **attributes: str) -> str:
    said: dict[str, Any] = {
        "Type": "container",
        "Action": action,
        "Actor": {"ID": "abc", "Attributes": {"name": "x", **attributes}},
        "scope": "local",
        "time": 1700000000,
        "timeNano": 1700000000123456789,
    }
    return json.dumps(said)


OURS = {"localaws.task": "t", "localaws.container": "worker"}


@pytest.mark.parametrize(
    ("action", "happened"),
    [
        ("start", Happened.STARTED),
        ("health_status: healthy", Happened.HEALTHY),
        ("health_status: unhealthy", Happened.UNHEALTHY),
    ],
)
def test_what_a_task_acts_on_is_read(action: str, happened: Happened) -> None:
    assert read_event(line(action, **OURS)) == Event("t", "worker", "abc", happened, 1700000000.1234567)


def test_an_end_has_its_exit_code() -> None:
    event = read_event(line("die", exitCode="137", **OURS))
    assert event is not None
    assert event.exit_code == 137


@pytest.mark.parametrize(
    "said", [line("exec_start: sh", **OURS), line("health_status: running", **OURS), line("start")]
)
def test_what_no_task_acts_on_is_passed_over(said: str) -> None:
    assert read_event(said) is None
