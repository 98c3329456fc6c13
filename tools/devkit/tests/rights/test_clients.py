"""The policies for code that sends jobs: what a method lacks, what a policy has too much, what none may have."""

from __future__ import annotations

import inspect
import re

import pytest

from devkit.rights.clients import METHODS, differences
from devkit.rights.compare import allowed
from devkit.rights.forbidden import forbidden_to_clients
from devkit.rights.needs import Need
from devkit.rights.statements import Grant
from jobctl.checkout import REPOSITORY
from jobqueue.client import AsyncJobClient

from .test_compare import ACCOUNT, GROUPS, KEY, PROJECT, QUEUE_ARNS, TABLE, THROUGH_SQS

SEND, ASK, LOOK = (Need(action, "a") for action in ("sqs:SendMessage", "dynamodb:Query", "logs:GetLogEvents"))
NEEDS = {"submit": {SEND}, "read": {ASK}, "logs": {LOOK}}
NEEDED = {method: {need for policy in policies for need in NEEDS[policy]} for method, policies in METHODS.items()}
GRANTS = {policy: [Grant("S", need.action, need.arn) for need in needs] for policy, needs in NEEDS.items()}


def test_methods_whose_policies_have_what_they_call_and_no_more_leave_nothing_to_say() -> None:
    assert [*differences(NEEDED, GRANTS)] == []


def test_what_a_method_lacks_is_told_by_the_method_though_another_policy_has_it() -> None:
    assert [*differences({**NEEDED, "events": {LOOK, SEND}}, GRANTS)] == ["events: missing: sqs:SendMessage on a"]


def test_a_right_that_no_method_of_its_policy_uses_is_told_by_the_policy() -> None:
    more = {**GRANTS, "logs": [*GRANTS["logs"], *GRANTS["submit"]]}
    assert [*differences(NEEDED, more)] == ["client-logs: unused: S: sqs:SendMessage on a"]


def test_every_method_of_the_client_is_proven_and_the_how_to_names_its_policies() -> None:
    methods = {name for name, _ in inspect.getmembers(AsyncJobClient, inspect.isfunction) if not name.startswith("_")}
    assert methods == METHODS.keys()
    page = (REPOSITORY / "docs/howto/send-jobs-from-your-code.md").read_text()
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| ((?:`client-\w+`(?:, )?)+) \|", page, re.MULTILINE)
    told = {
        method: {*re.findall(r"client-(\w+)", named)}
        for methods, named in rows
        for method in re.findall(r"\w+", methods)
    }
    assert told == METHODS


@pytest.mark.parametrize(
    ("policy", "careless"),
    [
        ("submit", Grant("S", "sqs:*", QUEUE_ARNS["triggers"])),
        ("submit", Grant("S", "sqs:SendMessage", QUEUE_ARNS["jobs"])),
        ("submit", Grant("S", "sqs:SendMessage", "arn:aws:sqs:r:1:*")),
        ("submit", Grant("S", "dynamodb:*", TABLE)),
        ("submit", Grant("S", "kms:Decrypt", KEY)),
        ("read", Grant("S", "sqs:SendMessage", QUEUE_ARNS["triggers"])),
        ("read", Grant("S", "dynamodb:PutItem", TABLE)),
        ("read", Grant("S", "dynamodb:Query", f"{TABLE}*")),
        ("read", Grant("S", "kms:GenerateDataKey", KEY, THROUGH_SQS)),
        ("read", Grant("S", "ssm:*", "*")),
        ("logs", Grant("S", "logs:GetLogEvents", f"{GROUPS['background_job']}:*")),
        ("logs", Grant("S", "logs:FilterLogEvents", f"{GROUPS['main_job']}:*")),
        ("logs", Grant("S", "dynamodb:Query", TABLE)),
        ("logs", Grant("S", "iam:PassRole", "*")),
    ],
    ids=str,
)
def test_a_careless_right_is_caught(policy: str, careless: Grant) -> None:
    assert [*allowed([*forbidden_to_clients(PROJECT, ACCOUNT, policy)], [careless])]
