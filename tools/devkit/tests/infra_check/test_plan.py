"""What a plan would do, read from the JSON of `terraform show`."""

from __future__ import annotations

import json
from typing import Any

from devkit.infra_check.plan import changes


def resource_change(address: str, *actions: str, before: Any = None, after: Any = None) -> dict[str, Any]:
    change = {"actions": list(actions), "before": before, "after": after}
    return {"address": address, "type": address.split(".")[0], "change": change}


def test_what_stays_and_what_is_only_read_is_no_change() -> None:
    unchanged = [resource_change("aws_sqs_queue.a", "no-op"), resource_change("data.aws_vpc.b", "read")]
    assert changes(json.dumps({"resource_changes": unchanged})) == []


def test_a_change_says_which_attributes_differ() -> None:
    update = resource_change("aws_sqs_queue.a", "update", before={"x": 1, "y": 2}, after={"x": 1, "y": 3})
    (change,) = changes(json.dumps({"resource_changes": [update]}))
    assert str(change) == "update aws_sqs_queue.a (y)"
