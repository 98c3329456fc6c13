from __future__ import annotations

import json

import pytest

from jobctl.dead_letters.selection import Selection, reason_named

from .letters import SENT_MS, delivery, letter, moved

NOW_MS = SENT_MS + 3_600_000
ONE = letter(delivery(json.dumps({"trigger": "api_call"})), reason="wrong_schema")
MOVED = moved(delivery(json.dumps({"jobType": "resize", "data": {}}), message_id="m-9"))


@pytest.mark.parametrize(
    ("selection", "takes_one", "takes_moved"),
    [
        (Selection(), True, True),
        (Selection(ids=frozenset({ONE.job_id})), True, False),
        (Selection(ids=frozenset({"m-9"})), False, True),
        (Selection(reasons=frozenset({"wrong_schema"})), True, False),
        (Selection(reasons=frozenset({"moved_by_sqs"})), False, True),
        (Selection(types=frozenset({"api_call"})), True, False),
        (Selection(types=frozenset({"resize"})), False, True),
        (Selection(older_than_seconds=3_597), False, True),
        (Selection(older_than_seconds=3_600), False, False),
        (Selection(types=frozenset({"api_call"}), reasons=frozenset({"moved_by_sqs"})), False, False),
    ],
)
def test_every_condition_must_hold(selection: Selection, takes_one: bool, takes_moved: bool) -> None:
    assert selection.takes(ONE, NOW_MS) is takes_one
    assert selection.takes(MOVED, NOW_MS) is takes_moved


def test_without_a_condition_it_must_say_all() -> None:
    assert Selection().says_nothing
    assert not Selection(everything=True).says_nothing
    assert not Selection(older_than_seconds=0).says_nothing


def test_a_reason_is_taken_as_it_is_shown() -> None:
    assert reason_named("moved by SQS") == reason_named("moved_by_sqs") == "moved_by_sqs"
    assert reason_named("wrong_schema") == "wrong_schema"


def test_conditions_are_named_as_they_are_typed() -> None:
    assert Selection(reasons=frozenset({"nosuch"}), older_than_seconds=90).text() == "--reason nosuch --older-than 90s"
    assert Selection(everything=True).text() == "--all"
