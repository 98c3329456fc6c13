"""Is what is missing, unused or forbidden said by name?"""

from __future__ import annotations

import pytest

from jobtools.infra_proof.forbidden import Reach, forbidden
from jobtools.infra_proof.needs import Need, Place
from jobtools.infra_proof.rights import NOT_SHOWN, allowed, missing, unused
from jobtools.infra_proof.statements import Grant

SERVICE = "background-job"
RECEIVE = Grant("Receive", "sqs:ReceiveMessage", "arn:aws:sqs:r:1:jobs")
NEED = Need("sqs:ReceiveMessage", "arn:aws:sqs:r:1:jobs")
EXEMPT = [Grant(name, "x:A", "*") for name in NOT_SHOWN[SERVICE]]

QUEUES = ("triggers", "triggers-dlq", "jobs", "jobs-dlq")
QUEUE_ARNS = {name: f"arn:aws:sqs:r:1:{name}" for name in QUEUES}
GROUPS = {name: f"arn:aws:logs:r:1:log-group:/ecs/{name}" for name in ("main-job", "background-job")}
KEY = "arn:aws:kms:r:1:key/1"
PLACE = Place("r", "1", {QUEUE_ARNS["jobs"]: KEY}, "arn:aws:ecs:r:1:cluster/c", "7")
REACH = Reach(
    receives=QUEUE_ARNS["jobs"],
    sends=frozenset({QUEUE_ARNS["jobs-dlq"]}),
    queues=frozenset(QUEUE_ARNS.values()),
    job_log_group=GROUPS["background-job"],
    log_groups=frozenset(GROUPS.values()),
)


def test_calls_and_rights_that_agree_leave_nothing_to_say() -> None:
    assert list(missing({NEED}, [RECEIVE])) == []
    assert list(unused(SERVICE, {NEED}, [RECEIVE, *EXEMPT])) == []


def test_a_call_without_a_right_is_missing() -> None:
    assert list(missing({NEED, Need("sqs:DeleteMessage", "q")}, [RECEIVE])) == ["missing: sqs:DeleteMessage on q"]


def test_a_right_without_a_call_is_unused() -> None:
    purge = Grant("Receive", "sqs:PurgeQueue", "q")
    assert list(unused(SERVICE, {NEED}, [RECEIVE, purge, *EXEMPT])) == ["unused: Receive: sqs:PurgeQueue on q"]


def test_an_exemption_that_is_used_or_names_nothing_is_told() -> None:
    name = EXEMPT[0].statement
    used = Grant(name, NEED.action, NEED.arn)
    assert [*unused(SERVICE, {NEED}, [used, *EXEMPT[1:]])] == [f"used after all, take it out of NOT_SHOWN: {used}"]
    assert [*unused(SERVICE, {NEED}, [RECEIVE, *EXEMPT[1:]])] == [
        f"no such statement, take it out of NOT_SHOWN: {name}"
    ]


@pytest.mark.parametrize(
    "careless",
    [
        Grant("S", "sqs:*", QUEUE_ARNS["jobs"]),
        Grant("S", "sqs:ReceiveMessage", "arn:aws:sqs:r:1:*"),
        Grant("S", "sqs:DeleteMessage", QUEUE_ARNS["triggers"]),
        Grant("S", "sqs:SendMessage", QUEUE_ARNS["triggers"]),
        Grant("S", "sqs:SendMessage", "arn:aws:sqs:r:1:jobs*"),
        Grant("S", "sqs:PurgeQueue", "*"),
        Grant("S", "logs:PutLogEvents", f"{GROUPS['background-job']}:*"),
        Grant("S", "logs:PutLogEvents", f"{GROUPS['main-job']}:log-stream:job-streams/*"),
        Grant("S", "logs:*", f"{GROUPS['background-job']}:log-stream:*"),
        Grant("S", "kms:Decrypt", KEY),
        Grant("S", "ecs:UpdateTaskProtection", "*"),
        Grant("S", "iam:*", "*"),
    ],
    ids=str,
)
def test_a_careless_right_is_caught(careless: Grant) -> None:
    assert list(allowed(list(forbidden(REACH, PLACE)), [careless]))


@pytest.mark.parametrize(
    "needed",
    [
        RECEIVE,
        Grant("S", "sqs:SendMessage", QUEUE_ARNS["jobs-dlq"]),
        Grant("S", "logs:PutLogEvents", f"{GROUPS['background-job']}:log-stream:job-streams/*"),
        Grant("S", "kms:Decrypt", KEY, (("StringEquals", "kms:ViaService", ("sqs.r.amazonaws.com",)),)),
    ],
    ids=str,
)
def test_a_right_that_the_service_needs_is_not_forbidden(needed: Grant) -> None:
    assert list(allowed(list(forbidden(REACH, PLACE)), [needed])) == []
