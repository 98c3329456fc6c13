"""What a plan would do, read from the JSON of `terraform show`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from devkit.infra_check.inventory import NotAsSaid
from devkit.infra_check.life import check_in_place
from jobdeploy.plan import Change, changes, managed


def resource_change(address: str, *actions: str, before: Any = None, after: Any = None) -> dict[str, Any]:
    change = {"actions": list(actions), "before": before, "after": after}
    return {"address": address, "type": address.split(".")[0], "change": change}


def planned(*actions: str, kind: str = "aws_sqs_queue") -> Change:
    return Change(f"{kind}.this", kind, actions, ())


def test_what_stays_and_what_is_only_read_is_no_change() -> None:
    unchanged = [resource_change("aws_sqs_queue.a", "no-op"), resource_change("data.aws_vpc.b", "read")]
    assert changes(json.dumps({"resource_changes": unchanged})) == []


def test_a_change_says_which_attributes_differ() -> None:
    update = resource_change("aws_sqs_queue.a", "update", before={"x": 1, "y": 2}, after={"x": 1, "y": 3})
    (change,) = changes(json.dumps({"resource_changes": [update]}))
    assert str(change) == "update aws_sqs_queue.a (y)"


def test_managed_resources_are_found_in_every_module_and_data_sources_are_none() -> None:
    queue, data = {"mode": "managed", "type": "aws_sqs_queue"}, {"mode": "data", "type": "aws_vpc"}
    module = {"resources": [data], "child_modules": [{"child_modules": [{"resources": [queue]}]}]}
    assert managed(json.dumps({"values": {"root_module": module}})) == [queue]


def test_updates_and_a_new_revision_of_a_task_definition_are_in_place() -> None:
    check_in_place([planned("update"), planned("delete", "create", kind="aws_ecs_task_definition")])


@pytest.mark.parametrize("actions", [("delete", "create"), ("create",), ("delete",)])
def test_anything_else_is_not(actions: tuple[str, ...]) -> None:
    with pytest.raises(NotAsSaid, match=r"aws_sqs_queue\.this"):
        check_in_place([planned(*actions)])


def test_a_change_that_changes_nothing_is_an_error() -> None:
    with pytest.raises(NotAsSaid, match="changes nothing"):
        check_in_place([])
