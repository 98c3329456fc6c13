"""Policies, read with IAM's rules."""

from __future__ import annotations

from typing import Any

import pytest

from devkit.rights.needs import Need
from devkit.rights.statements import Grant, UnknownStatementError, queue_grants, read_policy


def policy(**statement: Any) -> dict[str, Any]:
    return {"Statement": [{"Sid": "S", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "a", **statement}]}


def test_each_action_on_each_pattern_is_a_grant() -> None:
    found = list(read_policy(policy(Action=["x:A", "x:B"], Resource=["1", "2"])))
    assert [(grant.action, grant.pattern) for grant in found] == [
        ("x:A", "1"),
        ("x:A", "2"),
        ("x:B", "1"),
        ("x:B", "2"),
    ]


@pytest.mark.parametrize(
    ("pattern", "arn", "allowed"),
    [
        ("arn:a:jobs", "arn:a:jobs", True),
        ("arn:a:jobs", "arn:a:jobs-dlq", False),
        ("arn:a:*", "arn:a:jobs/x", True),
        ("arn:a:job?", "arn:a:jobs", True),
        ("arn:a:job.", "arn:a:jobs", False),
        ("arn:a:[jobs]", "arn:a:j", False),
        ("arn:a:Jobs", "arn:a:jobs", False),
    ],
)
def test_patterns_are_those_of_iam(pattern: str, arn: str, allowed: bool) -> None:
    assert Grant("S", "x:A", pattern).allows(Need("x:A", arn)) is allowed


@pytest.mark.parametrize(("action", "allowed"), [("x:a", True), ("x:*", True), ("*", True), ("x:B", False)])
def test_actions_have_no_case_and_may_have_wildcards(action: str, allowed: bool) -> None:
    assert Grant("S", action, "*").allows(Need("x:A", "r")) is allowed


def test_a_condition_must_hold_and_a_missing_key_fails_it() -> None:
    (grant,) = read_policy(policy(Condition={"StringEquals": {"kms:ViaService": "sqs"}, "ArnEquals": {"k": ["c*"]}}))
    holds = (("kms:ViaService", "sqs"), ("k", "cluster"))
    assert grant.allows(Need("sqs:SendMessage", "a", holds))
    assert not grant.allows(Need("sqs:SendMessage", "a", holds[:1]))
    assert not grant.allows(Need("sqs:SendMessage", "a", (("kms:ViaService", "s3"), ("k", "cluster"))))


def test_what_is_not_understood_is_an_error_and_never_overlooked() -> None:
    with pytest.raises(UnknownStatementError, match="NotAction"):
        list(read_policy({"Statement": [{"Sid": "S", "Effect": "Allow", "NotAction": "x:A", "Resource": "*"}]}))
    (grant,) = read_policy(policy(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))
    with pytest.raises(UnknownStatementError, match="IpAddress"):
        grant.allows(Need("sqs:SendMessage", "a"))


def test_a_denial_grants_nothing() -> None:
    assert list(read_policy(policy(Effect="Deny"))) == []


class _Sqs:
    """Stands in for boto3's SQS client, as far as a queue's policy goes."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        return {"Attributes": {"Policy": self._text}} if self._text else {}


@pytest.mark.parametrize(
    ("principal", "concerned"),
    [
        ('{"AWS": ["other", "me"]}', True),
        ('{"AWS": "me"}', True),
        ('{"AWS": "other"}', False),
        ('{"Service": "sns.amazonaws.com"}', False),
        ('"*"', True),
        ('{"AWS": "*"}', True),
    ],
)
def test_a_queue_s_policy_counts_for_the_roles_that_it_names(principal: str, concerned: bool) -> None:
    text = f'{{"Statement": [{{"Effect": "Allow", "Principal": {principal}, "Action": "sqs:*", "Resource": "q"}}]}}'
    assert bool(queue_grants(lambda _: _Sqs(text), "u", "me")) is concerned


def test_a_queue_without_a_policy_grants_nothing() -> None:
    assert queue_grants(lambda _: _Sqs(""), "u", "me") == []
