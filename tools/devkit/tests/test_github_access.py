"""GitHub's roles may make the calls that the deploy steps make: the code's boto3 operations against the policies.

By action only. On which resources: the own tests of infra/terraform/modules/github-access.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name
from moto.iam.aws_managed_policies import aws_managed_policies_data

from jobctl.checkout import REPOSITORY

SOURCES, READERS = REPOSITORY / "tools/deploy/src/jobdeploy", REPOSITORY / "tools/cli/src/jobctl"
CLIENT = REPOSITORY / "libs/common/src/jobqueue/client"
POLICIES = REPOSITORY / "infra/terraform/modules/github-access/policies.tf"
SERVICES = ("cloudwatch", "ecr", "ecs", "iam", "logs", "s3", "sqs", "ssm", "sts")
"""Whose clients jobdeploy makes."""
OTHER_NAMES = {"s3:HeadBucket": "s3:ListBucket", "s3:HeadObject": "s3:GetObject", "s3:ListObjectsV2": "s3:ListBucket"}
"""Operations whose action has another name ("Actions, resources, and condition keys for Amazon S3")."""
_LOCAL = re.compile(r"^  (\w+) += (.*?)(?=^  \w+ += |^}|\Z)", re.MULTILINE | re.DOTALL)
_ACTION = re.compile(r'"([a-z0-9-]+:[A-Za-z0-9*]+)"')


def deploy_files() -> list[Path]:
    """What runs against AWS: all of jobdeploy, and the readers that it uses."""
    read = (READERS / "queries/container_log.py", READERS / "queries/tasks.py")
    logs = (CLIENT / "job_log.py", CLIENT / "log_lines.py")
    return [*SOURCES.rglob("*.py"), *(READERS / "environment").glob("*.py"), *read, *logs]


def called() -> set[str]:
    """Actions of the operations that the code names, as a method or as a paginator's."""
    session = botocore.session.get_session()
    actions = {
        xform_name(operation): f"{service}:{operation}"
        for service in SERVICES
        for operation in session.get_service_model(service).operation_names
    }
    found = {"sqs:SendMessage"}  # by the library's client, which sends as services do
    for file in deploy_files():
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                named = [node.func.attr] if isinstance(node.func, ast.Attribute) else []
                named += [
                    one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)
                ]
                found |= {actions[name] for name in named if name in actions}
    return {OTHER_NAMES.get(action, action) for action in found}


def services_named() -> set[str]:
    text = "\n".join(file.read_text() for file in deploy_files())
    return {*re.findall(r'(?:clients|client)\("(\w+)"', text)}


def statements(role: str) -> Iterator[str]:
    """Each statement of a role, as text."""
    blocks = dict(_LOCAL.findall(POLICIES.read_text()))
    whole = blocks[f"{role}_statements"]
    for text in (whole, *(blocks[name] for name in re.findall(r"local\.(\w+)", whole) if name in blocks)):
        yield from re.split(r"(?=Sid\s+= )", text)[1:]


def actions(role: str, effect: str) -> set[str]:
    return {
        action
        for text in statements(role)
        if re.search(rf'Effect\s+= "{effect}"', text) and "NotAction" not in text
        for action in _ACTION.findall(text.partition("Action")[2])
    }


def services(role: str) -> set[str]:
    """Those that a role sees anything of."""
    (text,) = (one for one in statements(role) if "NotAction" in one)
    return set(re.findall(r'"([a-z0-9-]+)"', text.partition("NotAction")[2]))


def read_only() -> set[str]:
    """AWS's own ReadOnlyAccess, as moto has it."""
    policies = aws_managed_policies_data
    known = json.loads(policies) if isinstance(policies, str) else policies
    return {action for one in known["ReadOnlyAccess"]["Document"]["Statement"] for action in one["Action"]}


def matches(action: str, patterns: set[str]) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in patterns)


def test_every_client_that_the_deploy_steps_make_is_looked_at() -> None:
    assert services_named() == {*SERVICES}


def test_the_apply_role_may_make_every_call_of_the_deploy_steps() -> None:
    may = actions("apply", "Allow") | read_only()
    found = called()
    assert {"ecs:DescribeServices", "s3:PutObject", "sqs:SendMessage", "logs:FilterLogEvents"} <= found
    assert sorted(action for action in found if not matches(action, may)) == []
    everywhere = {
        action
        for text in statements("apply")
        if '"Deny"' in text and "NotAction" not in text and re.search(r'\bResource\s+= \["\*"\]', text)
        for action in _ACTION.findall(text.partition("Action")[2])
    }
    assert "sqs:ReceiveMessage" in everywhere
    assert sorted(action for action in found if matches(action, everywhere)) == []
    assert {action.partition(":")[0] for action in found} <= services("apply")


@pytest.mark.slow
@pytest.mark.parametrize("role", ["plan", "apply"])
def test_what_aws_lets_a_reader_see_of_data_is_denied(role: str) -> None:
    data = {
        *(
            "dynamodb:GetItem",
            "dynamodb:Query",
            "dynamodb:Scan",
            "lambda:GetFunction",
            "kinesis:GetRecords",
            "codecommit:GitPull",
        ),
        *(
            "cognito-identity:GetCredentialsForIdentity",
            "ec2:GetPasswordData",
            "sqs:ReceiveMessage",
        ),
        *("ssm:GetCommandInvocation", "xray:BatchGetTraces"),
    }
    assert sorted(action for action in data if not matches(action, read_only())) == []
    denied = actions(role, "Deny")
    assert (
        sorted(action for action in data if not matches(action, denied) and action.partition(":")[0] in services(role))
        == []
    )


def test_the_push_role_may_log_in_and_nothing_that_the_plan_role_may_writes() -> None:
    assert "ecr:GetAuthorizationToken" in actions("push", "Allow")
    assert actions("plan", "Allow") == {"kms:Decrypt", "s3:GetObject", "s3:ListBucket"}
    assert not [action for action in actions("plan", "Allow") if re.search(":(Put|Create|Delete|Update)", action)]
