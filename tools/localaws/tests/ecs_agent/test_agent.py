"""A task's endpoint: it forwards every AWS call unchanged, records it, and refuses those that it is told to refuse."""

from __future__ import annotations

import gzip
from http.client import RemoteDisconnected
from threading import Thread
from typing import Any

import pytest

from jobqueue.ecs.agent import Agent, AgentError
from localaws.ecs_agent import Call, EcsAgent, Refusal, TaskEndpoint

from .conftest import SECONDS, SIGNED, TASK, Aws, Client


def test_a_call_is_passed_on_as_it_stands_and_kept(aws: Aws, agent: EcsAgent, client: Client) -> None:
    packed = gzip.compress(b'{"QueueUrl": "q"}')
    headers = {**SIGNED, "X-Amz-Target": "AmazonSQS.ReceiveMessage", "Content-Encoding": "gzip", "Host": "agent:1"}
    assert client.ask("POST", "/path?a=%20b", packed, headers) == (202, packed)
    (passed,) = aws.requests
    assert (passed.method, passed.path, passed.body) == ("POST", "/path?a=%20b", packed)
    wanted = {**headers, "Accept-Encoding": "identity", "Content-Length": str(len(packed)), "Connection": "close"}
    assert passed.headers == wanted
    assert agent.calls("main-job") == [Call("sqs", "ReceiveMessage", {"QueueUrl": "q"})]


def test_a_chunked_call_arrives_whole(aws: Aws, client: Client) -> None:
    body = iter([b"one", b"two"])  # of which the standard library makes chunks
    assert client.ask("POST", "/", body) == (202, b"onetwo")
    assert "Transfer-Encoding" not in aws.requests[0].headers


def test_calls_of_one_service_are_kept_apart_from_anothers(agent: EcsAgent, client: Client) -> None:
    client.call("ReceiveMessage", QueueUrl="triggers")
    other = Client(agent.task("f" * 32, "background-job").aws_endpoint)
    other.call("ReceiveMessage", QueueUrl="jobs")
    second = Client(agent.task("e" * 32, "main-job").aws_endpoint)
    second.call("SendMessage", QueueUrl="jobs")
    for one in (other, second):
        one.close()
    assert [call.operation for call in agent.calls("main-job")] == ["ReceiveMessage", "SendMessage"]
    assert [call.parameters for call in agent.calls("background-job")] == [{"QueueUrl": "jobs"}]


def test_a_long_poll_holds_up_nobody(aws: Aws, task: TaskEndpoint, client: Client) -> None:
    patient = Client(task.aws_endpoint)
    answers: list[Any] = []
    polling = Thread(target=lambda: answers.append(patient.ask("POST", "/hold")))
    polling.start()
    assert aws.held.wait(SECONDS)
    assert client.call("SendMessage")[0] == 202
    assert answers == []
    aws.go_on.set()
    polling.join(SECONDS)
    patient.close()
    assert [status for status, _ in answers] == [202]


def test_a_call_without_an_answer_is_a_connection_that_is_cut(aws: Aws, client: Client) -> None:
    with pytest.raises(RemoteDisconnected):
        client.ask("POST", "/cut")
    assert len(aws.requests) == 1


def test_closing_an_endpoint_ends_its_calls_in_flight_and_no_others(
    aws: Aws, agent: EcsAgent, task: TaskEndpoint
) -> None:
    patient = Client(task.aws_endpoint)
    failures: list[BaseException] = []

    def poll() -> None:
        try:
            patient.ask("POST", "/hold")
        except ConnectionError as error:
            failures.append(error)

    polling = Thread(target=poll)
    polling.start()
    assert aws.held.wait(SECONDS)
    other = Client(agent.task("f" * 32, "main-job").aws_endpoint)
    task.close()
    polling.join(SECONDS)
    assert other.call("SendMessage")[0] == 202
    other.close()
    patient.close()
    assert len(failures) == 1
    assert len(agent.calls("main-job")) == 2


def test_only_the_next_call_of_an_operation_is_refused_and_it_is_kept_too(agent: EcsAgent, client: Client) -> None:
    agent.refuse("main-job", Refusal("SendMessage", 503, "ServiceUnavailable"))
    assert client.call("ReceiveMessage")[0] == 202
    status, said = client.call("SendMessage")
    assert (status, said["__type"]) == (503, "ServiceUnavailable")
    assert client.call("SendMessage")[0] == 202
    assert [one.operation for one in agent.calls("main-job")] == ["ReceiveMessage", "SendMessage", "SendMessage"]
    assert agent.record("main-job").refusals_left() == 0


def test_the_services_own_agent_gets_protection_and_its_request_is_kept(agent: EcsAgent, task: TaskEndpoint) -> None:
    library = Agent(task.agent_uri)
    library.set_protection(enabled=True, expires_minutes=10, timeout_seconds=SECONDS)
    library.set_protection(enabled=False, expires_minutes=10, timeout_seconds=SECONDS)
    assert agent.calls("main-job") == [
        Call("ecs", "UpdateTaskProtection", {"ProtectionEnabled": True, "ExpiresInMinutes": 10}),
        Call("ecs", "UpdateTaskProtection", {"ProtectionEnabled": False}),
    ]
    task.close()
    assert [(request.enabled, request.minutes) for request in agent.protections(TASK)] == [(True, 10), (False, None)]
    assert agent.protections("unknown") == []


def test_protection_is_refused_as_the_agent_refuses_it(agent: EcsAgent, task: TaskEndpoint) -> None:
    agent.refuse("main-job", Refusal("UpdateTaskProtection", 400, "AccessDeniedException"))
    with pytest.raises(AgentError, match="task role must allow") as caught:
        Agent(task.agent_uri).set_protection(enabled=True, expires_minutes=10, timeout_seconds=SECONDS)
    assert caught.value.code == "AccessDeniedException"
    assert agent.protections(TASK) == []


def test_the_agent_tells_the_state_and_knows_nothing_else(agent: EcsAgent, client: Client) -> None:
    status, body = client.ask("GET", f"/api/{TASK}/task-protection/v1/state")
    assert (status, b'"ProtectionEnabled": false' in body) == (200, True)
    assert [call.operation for call in agent.calls("main-job")] == ["GetTaskProtection"]
    assert client.ask("GET", f"/api/{TASK}/other")[0] == 404
    assert client.ask("PUT", f"/api/{'f' * 32}/task-protection/v1/state", b"{}")[0] == 404
