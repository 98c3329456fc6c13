"""Missing, unused and forbidden rights, reported by name."""

from __future__ import annotations

import dataclasses

import pytest

from devkit.rights.compare import IN_CONTAINERS, IN_PROCESSES, allowed, missing, unused
from devkit.rights.forbidden import (
    Project,
    forbidden_at_start,
    forbidden_to_operators,
    forbidden_to_readers,
    forbidden_to_task,
)
from devkit.rights.installed import Installed
from devkit.rights.needs import Account, Need, via
from devkit.rights.statements import Grant

NOT_SHOWN = IN_PROCESSES["background-job"]
RECEIVE = Grant("Receive", "sqs:ReceiveMessage", "arn:aws:sqs:r:1:jobs")
NEED = Need("sqs:ReceiveMessage", "arn:aws:sqs:r:1:jobs")
EXEMPT = [Grant(name, "x:A", "*") for name in NOT_SHOWN]

QUEUE_ARNS = {name: f"arn:aws:sqs:r:1:{name}" for name in ("triggers", "triggers-dlq", "jobs", "jobs-dlq")}
GROUPS = {name: f"arn:aws:logs:r:1:log-group:/ecs/{name}" for name in ("main_job", "background_job")}
KEY = "arn:aws:kms:r:1:key/1"
TABLE = "arn:aws:dynamodb:r:1:table/p-jobs"
TARGET = "arn:aws:application-autoscaling:r:1:scalable-target/1"
ACCOUNT = Account("r", "1", {QUEUE_ARNS["jobs"]: KEY}, "arn:aws:ecs:r:1:cluster/c", "7", {"service/c/s": TARGET})
PROJECT = Project(
    *QUEUE_ARNS.values(),
    log_groups=GROUPS,
    services=("arn:aws:ecs:r:1:service/c/s",),
    job_table=TABLE,
    event_bus="arn:aws:events:r:1:event-bus/p",
    key=KEY,
    stack_parameter="arn:aws:ssm:r:1:parameter/stack",
    paused_parameter="arn:aws:ssm:r:1:parameter/paused",
)
SERVICE = Installed("background-job", "background_job", {}, "", "", {"TOKEN": "arn:aws:ssm:r:1:parameter/own"}, ())
SSE_SQS = dataclasses.replace(ACCOUNT, keys={})
THROUGH_SQS = (("StringEquals", "kms:ViaService", ("sqs.r.amazonaws.com",)),)


def test_calls_and_rights_that_agree_leave_nothing_to_say() -> None:
    assert list(missing({NEED}, [RECEIVE])) == []
    assert list(unused({NEED}, [RECEIVE, *EXEMPT], NOT_SHOWN)) == []


def test_a_call_without_a_right_is_missing() -> None:
    assert list(missing({NEED, Need("sqs:DeleteMessage", "q")}, [RECEIVE])) == ["missing: sqs:DeleteMessage on q"]


def test_what_a_team_gives_its_handlers_is_not_judged_by_a_run_without_their_jobs() -> None:
    own = Grant("HandlersInvoices", "s3:GetObject", "arn:aws:s3:::invoices/*")
    assert list(unused({NEED}, [RECEIVE, own, *EXEMPT], NOT_SHOWN)) == []


def test_a_right_without_a_call_is_unused() -> None:
    purge = Grant("Receive", "sqs:PurgeQueue", "q")
    assert list(unused({NEED}, [RECEIVE, purge, *EXEMPT], NOT_SHOWN)) == ["unused: Receive: sqs:PurgeQueue on q"]


def test_an_exemption_that_is_used_or_names_nothing_is_told() -> None:
    name = EXEMPT[0].statement
    used = Grant(name, NEED.action, NEED.arn)
    assert [*unused({NEED}, [used, *EXEMPT[1:]], NOT_SHOWN)] == [f"used after all, it is no exception: {used}"]
    assert [*unused({NEED}, [RECEIVE, *EXEMPT[1:]], NOT_SHOWN)] == [f"no such statement, it is no exception: {name}"]


def test_an_exemption_that_a_run_may_use_is_none_to_complain_of() -> None:
    sends = Grant("SendToOwnQueue", NEED.action, NEED.arn)
    for needs in (set(), {NEED}):
        assert [*unused(needs, [sends], {"SendToOwnQueue": "it depends"})] == []


def test_a_run_with_the_collector_has_fewer_exceptions() -> None:
    assert IN_CONTAINERS.keys() == IN_PROCESSES.keys()
    assert all(IN_CONTAINERS[service].keys() < IN_PROCESSES[service].keys() for service in IN_PROCESSES)


@pytest.mark.parametrize(
    "careless",
    [
        Grant("S", "sqs:*", QUEUE_ARNS["jobs"]),
        Grant("S", "sqs:ReceiveMessage", "arn:aws:sqs:r:1:*"),
        Grant("S", "sqs:DeleteMessage", QUEUE_ARNS["triggers"]),
        Grant("S", "sqs:SendMessage", QUEUE_ARNS["triggers"]),
        Grant("S", "sqs:SendMessage", "arn:aws:sqs:r:1:jobs*"),
        Grant("S", "sqs:PurgeQueue", "*"),
        Grant("S", "logs:PutLogEvents", f"{GROUPS['background_job']}:*"),
        Grant("S", "logs:PutLogEvents", f"{GROUPS['main_job']}:log-stream:job-streams/*"),
        Grant("S", "logs:*", f"{GROUPS['background_job']}:log-stream:*"),
        Grant("S", "kms:Decrypt", KEY),
        Grant("S", "ecs:UpdateTaskProtection", "*"),
        Grant("S", "iam:*", "*"),
        Grant("S", "ssm:GetParameters", "arn:aws:ssm:r:1:parameter/own"),
        Grant("S", "secretsmanager:GetSecretValue", "*"),
        Grant("S", "dynamodb:*", TABLE),
        Grant("S", "dynamodb:UpdateItem", f"{TABLE}*"),
        Grant("S", "kms:Decrypt", KEY, (("StringEquals", "kms:ViaService", ("dynamodb.r.amazonaws.com",)),)),
    ],
    ids=str,
)
def test_a_careless_right_is_caught(careless: Grant) -> None:
    assert list(allowed(list(forbidden_to_task(SERVICE, PROJECT, ACCOUNT)), [careless]))


@pytest.mark.parametrize(
    "needed",
    [
        RECEIVE,
        Grant("S", "sqs:SendMessage", QUEUE_ARNS["jobs"]),
        Grant("S", "sqs:SendMessage", QUEUE_ARNS["jobs-dlq"]),
        Grant("S", "logs:PutLogEvents", f"{GROUPS['background_job']}:log-stream:job-streams/*"),
        Grant("S", "kms:Decrypt", KEY, THROUGH_SQS),
        Grant("S", "dynamodb:UpdateItem", TABLE),
    ],
    ids=str,
)
def test_a_right_that_the_service_needs_is_not_forbidden(needed: Grant) -> None:
    assert list(allowed(list(forbidden_to_task(SERVICE, PROJECT, ACCOUNT)), [needed])) == []


@pytest.mark.parametrize("account", [ACCOUNT, SSE_SQS], ids=["SSE-KMS", "SSE-SQS"])
def test_the_project_s_key_is_never_used_but_through_encrypted_queues(account: Account) -> None:
    careless = [Grant("S", "kms:Decrypt", KEY), Grant("S", "kms:*", KEY, THROUGH_SQS)]
    for grant in careless:
        assert list(allowed(list(forbidden_to_task(SERVICE, PROJECT, account)), [grant]))
    through_sqs = Grant("S", "kms:Decrypt", KEY, THROUGH_SQS)
    found = list(allowed(list(forbidden_to_task(SERVICE, PROJECT, account)), [through_sqs]))
    assert bool(found) is (account is SSE_SQS)
    assert through_sqs.allows(Need("kms:Decrypt", KEY, via("sqs", "r")))


@pytest.mark.parametrize(
    "careless",
    [
        Grant("S", "ssm:GetParameters", "arn:aws:ssm:r:1:parameter/*"),
        Grant("S", "secretsmanager:GetSecretValue", "*"),
        Grant("S", "kms:Decrypt", KEY),
        Grant("S", "kms:Decrypt", "*", (("StringEquals", "kms:ViaService", ("ssm.r.amazonaws.com",)),)),
        Grant("S", "ecr:*", "arn:aws:ecr:r:1:repository/*"),
        Grant("S", "logs:PutLogEvents", f"{GROUPS['background_job']}:*"),
        Grant("S", "sqs:SendMessage", "*"),
    ],
    ids=str,
)
def test_a_careless_right_of_an_execution_role_is_caught(careless: Grant) -> None:
    assert list(allowed(list(forbidden_at_start(PROJECT, ACCOUNT)), [careless]))


def test_an_execution_role_may_read_its_own_secrets() -> None:
    own = Grant("S", "ssm:GetParameters", "arn:aws:ssm:r:1:parameter/own")
    assert list(allowed(list(forbidden_at_start(PROJECT, ACCOUNT)), [own])) == []


def test_whoever_looks_may_change_nothing_and_whoever_repairs_takes_nothing_from_the_services() -> None:
    nobody = set(forbidden_to_operators(PROJECT, ACCOUNT))
    readers = set(forbidden_to_readers(PROJECT, ACCOUNT)) - nobody
    jobs, letters = QUEUE_ARNS["jobs"], QUEUE_ARNS["jobs-dlq"]
    assert {Need(f"sqs:{action}", jobs) for action in ("ReceiveMessage", "PurgeQueue")} <= nobody
    assert Need("sqs:SendMessage", letters) in nobody
    assert any(one.action == "ecs:StopTask" and "of-another" in one.arn for one in nobody)
    assert {
        Need("sqs:SendMessage", jobs),
        Need("ecs:UpdateService", PROJECT.services[0]),
        Need("ecs:StopTask", "arn:aws:ecs:r:1:task/c/any"),
    } <= readers
