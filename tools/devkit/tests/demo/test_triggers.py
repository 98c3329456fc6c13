"""The plan of triggers: exactly those asked for, with the bodies of given lines unchanged."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from devkit.demo.options import DEFAULT_COUNT, Options
from devkit.demo.triggers import EXAMPLES, from_lines, planned_triggers


@pytest.mark.parametrize(("count", "fail", "poison"), [(5, 1, 1), (200, 5, 3), (1, 0, 0), (2, 1, 1), (3, 0, 3)])
def test_the_plan_has_exactly_what_was_asked_for(count: int, fail: int, poison: int) -> None:
    kinds = Counter(trigger.what for trigger in planned_triggers(Options(count, fail, poison)))
    assert (kinds.total(), kinds["simulate fail"], kinds["malformed"]) == (count, fail, poison)


def test_a_batch_and_a_unique_job_that_is_asked_for_twice_are_there_by_default() -> None:
    plan = planned_triggers(Options(DEFAULT_COUNT, 1, 1))[3:6]
    batch, unique, again = (json.loads(trigger.body) for trigger in plan)
    assert batch["data"]["jobs"]
    assert unique == again
    assert unique["uniqueKey"]
    assert not any("uniqueKey" in trigger.body for trigger in planned_triggers(Options(200, 5, 3)))


def test_the_documented_examples_go_first_and_as_they_stand() -> None:
    plan = planned_triggers(Options(5, 1, 1))
    assert tuple(trigger.body for trigger in plan[:2]) == EXAMPLES
    assert not any(trigger.chosen_id for trigger in plan[:2])


def test_a_line_keeps_its_own_job_id_and_every_byte() -> None:
    own, none, poison, quiet = from_lines(
        [
            '{"trigger":"a", "jobId":"X"}',
            '{"trigger":"b"}',
            "[1]",
            '{"trigger":"c","triggerBackgroundJob":false}',
        ]
    )
    assert (own.body, own.chosen_id) == ('{"trigger":"a", "jobId":"X"}', False)
    assert (none.what, none.chosen_id, none.wants_job) == ("b", True, True)
    assert poison.what == "malformed"
    assert not quiet.wants_job
