"""What exists is compared with what Terraform says, and what is left with what was there before."""

from __future__ import annotations

from typing import Any

import pytest

from devkit.infra_check.inventory import NotAsSaid, check_all_exist, check_nothing_left

INVENTORY = {"aws_sqs_queue": {"http://queue"}}


def resource(kind: str, **values: str) -> dict[str, Any]:
    return {"address": f"{kind}.this", "type": kind, "values": values}


def test_resources_that_are_there_are_counted_and_parts_go_with_their_whole() -> None:
    resources = [resource("aws_sqs_queue", url="http://queue"), resource("aws_sqs_queue_policy")]
    assert check_all_exist(resources, INVENTORY) == 2


def test_a_resource_that_is_not_there_is_named() -> None:
    with pytest.raises(NotAsSaid, match=r"aws_sqs_queue\.this: http://other is not there"):
        check_all_exist([resource("aws_sqs_queue", url="http://other")], INVENTORY)


def test_a_type_that_nobody_can_find_is_an_error() -> None:
    with pytest.raises(NotAsSaid, match="no reader for aws_quantum_ledger"):
        check_all_exist([resource("aws_quantum_ledger")], INVENTORY)


def test_what_was_there_before_may_be_there_after() -> None:
    check_nothing_left({"aws_sqs_queue": {"a", "b"}}, {"aws_sqs_queue": {"a"}})


def test_what_is_left_is_named() -> None:
    with pytest.raises(NotAsSaid, match="aws_sqs_queue b"):
        check_nothing_left({"aws_sqs_queue": {"a"}}, {"aws_sqs_queue": {"a", "b"}})
