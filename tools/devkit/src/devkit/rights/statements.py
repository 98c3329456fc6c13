"""Rights of a role, read back from IAM and from the policies of the queues that name it.

Knows as much of IAM's language as this project's policies use; anything else is an error, so that no right is overlooked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from devkit.errors import MismatchError
from devkit.rights.needs import Need

if TYPE_CHECKING:
    from jobctl.environment.target import Clients

_KNOWN = {"Sid", "Effect", "Action", "Resource", "Principal", "Condition"}


class UnknownStatementError(MismatchError):
    """A policy has an element that this reader does not know."""


@dataclass(frozen=True)
class Grant:
    """One action on one pattern of ARNs, of one statement. `conditions`: operator, key, values."""

    statement: str
    action: str
    pattern: str
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()

    def allows(self, need: Need) -> bool:
        """IAM's rules: actions without case, `*` and `?` in ARNs, all conditions together; a key that is missing fails its condition."""
        context = dict(need.context)
        return (
            _matches(self.action.lower(), need.action.lower())
            and _matches(self.pattern, need.arn)
            and all(_holds(operator, context.get(key), values) for operator, key, values in self.conditions)
        )

    def __str__(self) -> str:
        return f"{self.statement}: {self.action} on {self.pattern}"


def role_grants(clients: Clients, role_arn: str) -> list[Grant]:
    """What the role's own policies allow, inline and attached ones."""
    return [grant for document in role_documents(clients, role_arn) for grant in read_policy(document)]


def role_documents(clients: Clients, role_arn: str) -> list[Mapping[str, Any]]:
    """The role's own policies, inline and attached ones."""
    iam, role_name = clients("iam"), role_arn.rpartition("/")[2]
    documents = [
        iam.get_role_policy(RoleName=role_name, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role_name)["PolicyNames"]
    ]
    attached = iam.list_attached_role_policies(RoleName=role_name)["AttachedPolicies"]
    return documents + [_document(iam, one["PolicyArn"]) for one in attached]


def policy_grants(clients: Clients, policy_arn: str) -> list[Grant]:
    """What a managed policy allows whoever has it."""
    return list(read_policy(_document(clients("iam"), policy_arn)))


def queue_grants(clients: Clients, queue_url: str, role_arn: str) -> list[Grant]:
    """What the queue's policy allows this role. In one account it counts by itself, beside the role's own policies."""
    attributes = (
        clients("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=["Policy"]).get("Attributes", {})
    )
    document = json.loads(attributes.get("Policy") or "{}")
    return list(read_policy(document, lambda principal: bool({role_arn, "*"} & set(_listed(principal.get("AWS", ()))))))


def read_policy(
    document: Mapping[str, Any], concerns: Callable[[Mapping[str, Any]], bool] = lambda _: True
) -> Iterator[Grant]:
    """The grants of a policy, of the statements whose principal `concerns` us.

    Denials are left out: none can make an allowed call of ours fail but the one of plain HTTP, which needs an AWS with TLS to be tried.

    Raises:
        UnknownStatementError: it uses NotAction, NotResource or whatever else is not known here.
    """
    for statement in document.get("Statement", ()):
        principal = statement.get("Principal", {})
        if statement["Effect"] != "Allow" or not concerns(
            principal if isinstance(principal, dict) else {"AWS": principal}
        ):
            continue
        if unknown := statement.keys() - _KNOWN:
            raise UnknownStatementError(f"{statement.get('Sid')}: {', '.join(sorted(unknown))}")
        conditions = tuple(
            (operator, key, tuple(_listed(values)))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
        for action in _listed(statement["Action"]):
            for pattern in _listed(statement["Resource"]):
                yield Grant(statement.get("Sid", "?"), action, pattern, conditions)


def denied_everywhere(document: Mapping[str, Any], action: str) -> bool:
    """Whether a statement of the policy denies this action on every resource, without a condition."""
    return any(
        statement["Effect"] == "Deny"
        and statement.get("Resource") == ["*"]
        and any(
            _matches(one.lower(), action.lower())
            for one in _listed(statement.get("Action", statement.get("NotAction")))
        )
        == ("Action" in statement)
        for statement in document.get("Statement", ())
    )


def _document(iam: Any, policy_arn: str) -> Any:
    version = iam.get_policy(PolicyArn=policy_arn)["Policy"]["DefaultVersionId"]
    return iam.get_policy_version(PolicyArn=policy_arn, VersionId=version)["PolicyVersion"]["Document"]


def _holds(operator: str, value: str | None, values: Iterable[str]) -> bool:
    if operator == "StringEquals":
        return value is not None and value in values
    if operator == "ForAllValues:StringEquals":  # a need has one value of a key
        return value is None or value in values
    if operator == "Null":
        return (value is None) == ("true" in values)
    if operator in ("ArnEquals", "ArnLike", "StringLike"):
        return value is not None and any(_matches(pattern, value) for pattern in values)
    raise UnknownStatementError(f"condition {operator}")


def _matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
