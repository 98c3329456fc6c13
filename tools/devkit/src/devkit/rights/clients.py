"""Calls of `jobqueue.client`, method by method, compared with the stack's policies for code that sends jobs.

Each method is called in both forms, by clients that know the project and the environment alone, and makes all calls that it can: `events` of a job
that has no log stream looks for it in the overflow streams too. Services need not run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from devkit.errors import MismatchError
from devkit.rights.compare import allowed, missing, unused
from devkit.rights.forbidden import forbidden_to_clients, read_project
from devkit.rights.installed import TASK_ID, read_account
from devkit.rights.needs import Need, needs_of
from devkit.rights.statements import Grant, policy_grants
from jobqueue.client import AsyncJobClient, JobClient, NewJob, NoRecordsError, NotEndedError
from jobqueue.client.stack import find_stack
from jobqueue.consumer.job_records import JobRecord, Key, Status
from jobqueue.messages.job_id import new_job_id
from localaws.aws import clients_of
from localaws.ecs_agent import EcsAgent

if TYPE_CHECKING:
    from jobctl.environment.target import Clients
    from localaws.ecs_agent import Call

SUBMIT, READ, LOGS = "submit", "read", "logs"
METHODS: Mapping[str, frozenset[str]] = {
    "submit": frozenset({SUBMIT}),
    "submit_many": frozenset({SUBMIT}),
    "get": frozenset({READ}),
    "stages": frozenset({READ}),
    "wait": frozenset({READ}),
    "list": frozenset({READ}),
    "current": frozenset({READ}),
    "descendants": frozenset({READ}),
    "cancel": frozenset({SUBMIT, READ}),
    "events": frozenset({LOGS}),
}
"""The policies that each method needs, together; as docs/howto/send-jobs-from-your-code.md has it."""
TYPE = "simulate"
_CALLS: Mapping[str, Callable[[Any, str], Any]] = {
    "submit": lambda client, _: client.submit(TYPE, {}),
    "submit_many": lambda client, _: client.submit_many([NewJob(type=TYPE, unique_key="proof")] * 2),
    "get": lambda client, job_id: client.get(job_id),
    "stages": lambda client, job_id: client.stages(job_id),
    "wait": lambda client, job_id: client.wait(job_id, 0.0),
    "list": lambda client, _: client.list(),
    "current": lambda client, job_id: client.current([_running(job_id)]),
    "descendants": lambda client, job_id: client.descendants(job_id),
    "cancel": lambda client, job_id: client.cancel(job_id),
    "events": lambda client, job_id: client.events(job_id),
}


def prove_clients(endpoint: str, outputs: Mapping[str, Any], clients: Clients) -> str:
    """Calls and compares; gives a line of figures. Leaves messages in the trigger queue and records in the table: destroy takes them.

    `endpoint` is the local AWS, `outputs` are the stack's.

    Raises:
        MismatchError: a right is missing, unused or too wide.
    """
    account = read_account(outputs, clients)
    project = read_project(outputs, account)
    needs = {method: needs_of(calls, account) for method, calls in _recorded(endpoint, outputs, clients).items()}
    grants = {one: policy_grants(clients, outputs[f"iam_client_{one}_policy_arn"]) for one in (SUBMIT, READ, LOGS)}
    wrong = [*differences(needs, grants)]
    for policy, held in grants.items():
        forbidden = forbidden_to_clients(project, account, policy)
        wrong += [f"client-{policy}: {line}" for line in allowed([*forbidden], held)]
    if wrong:
        raise MismatchError("Rights of code that sends jobs:\n  " + "\n  ".join(wrong))
    return f"{len(needs)} methods of the client met by {sum(map(len, grants.values()))} grants"


def differences(needs: Mapping[str, set[Need]], grants: Mapping[str, list[Grant]]) -> Iterator[str]:
    """What a method lacks in its policies, and what a policy has that none of its methods needs. `needs` by method, `grants` by policy."""
    for method, policies in METHODS.items():
        held = [grant for policy in sorted(policies) for grant in grants[policy]]
        yield from (f"{method}: {line}" for line in missing(needs[method], held))
    for policy, held in grants.items():
        used = {need for method, policies in METHODS.items() if policy in policies for need in needs[method]}
        yield from (f"client-{policy}: {line}" for line in unused(used, held, {}))


def _recorded(endpoint: str, outputs: Mapping[str, Any], clients: Clients) -> dict[str, list[Call]]:
    """By method. Without job records those that ask for them look for the table in vain."""
    _, project, environment, _ = outputs["ssm_stack_parameter_name"].split("/")
    has_records = find_stack(clients("ssm"), project, environment).job_table is not None
    sender = JobClient(project, environment, clients=clients, environ={})

    async def through(method: str, recorded: Clients) -> None:
        named: dict[str, Any] = {"clients": recorded, "environ": {}}
        async with AsyncJobClient(project, environment, **named) as other:
            for client in (JobClient(project, environment, **named), other):
                with suppress(NotEndedError, *(() if has_records else (NoRecordsError,))):
                    job_id = new_job_id() if method == "events" else sender.submit(TYPE, {}).job_id
                    await _taken(_CALLS[method](client, job_id))

    with EcsAgent(endpoint) as agent:
        for method in METHODS:
            asyncio.run(through(method, clients_of(agent.task(TASK_ID, method).aws_endpoint)))
        return {method: [*agent.calls(method)] for method in METHODS}


async def _taken(answer: Any) -> None:
    """To its end, whichever form gave it."""
    if hasattr(answer, "__await__"):
        await answer
    elif hasattr(answer, "__aiter__"):
        async for _ in answer:
            pass
    elif hasattr(answer, "__next__"):
        for _ in answer:
            pass


def _running(job_id: str) -> JobRecord:
    return JobRecord(key=Key(job_id, TYPE), type=TYPE, status=Status.RUNNING)
