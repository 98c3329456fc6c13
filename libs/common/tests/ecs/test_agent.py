"""What is asked of the ECS agent, and how its answers are read."""

import socket
from typing import TYPE_CHECKING

import pytest

from jobqueue.ecs.agent import Agent, AgentError

if TYPE_CHECKING:
    from .conftest import AgentServer


def refused(server: "AgentServer", *, enabled: bool = True) -> AgentError:
    with pytest.raises(AgentError) as caught:
        Agent(server.uri).set_protection(enabled=enabled, expires_minutes=10, timeout_seconds=5)
    return caught.value


def test_protection_is_put_to_the_agents_path_with_its_minutes(agent_server: "AgentServer") -> None:
    Agent(agent_server.uri + "/").set_protection(enabled=True, expires_minutes=10, timeout_seconds=5)
    call = agent_server.next_call()
    assert (call.method, call.path) == ("PUT", "/api/0123abcd/task-protection/v1/state")
    assert call.content_type == "application/json"
    assert call.body == {"ProtectionEnabled": True, "ExpiresInMinutes": 10}


def test_giving_protection_up_names_no_minutes(agent_server: "AgentServer") -> None:
    Agent(agent_server.uri).set_protection(enabled=False, expires_minutes=10, timeout_seconds=5)
    assert agent_server.next_call().body == {"ProtectionEnabled": False}


def test_a_failure_that_comes_with_status_200_is_an_error_that_says_what_to_check(
    agent_server: "AgentServer",
) -> None:
    failure = {"Arn": "arn:aws:ecs:::task/1", "Reason": "TASK_NOT_VALID", "Detail": None}
    agent_server.will_answer(200, {"failure": failure})
    error = refused(agent_server)
    assert error.code == "TASK_NOT_VALID"
    assert "belong to a service" in str(error)


@pytest.mark.parametrize("status", [200, 400])
def test_a_missing_permission_is_named(agent_server: "AgentServer", status: int) -> None:
    denied = {"Arn": "arn", "Code": "AccessDeniedException", "Message": "User ... is not authorized"}
    agent_server.will_answer(status, {"requestID": "12345-abc", "error": denied})
    error = refused(agent_server)
    assert error.code == "AccessDeniedException"
    assert "ecs:UpdateTaskProtection" in str(error)
    assert "12345-abc" in str(error)


def test_a_timeout_behind_the_agent_points_to_the_network(agent_server: "AgentServer") -> None:
    agent_server.will_answer(504, {"error": {"Arn": "arn", "Code": "RequestCanceled", "Message": "Timed out"}})
    assert "VPC endpoint" in str(refused(agent_server))


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff\xfe", b"null"])
def test_an_answer_that_is_no_json_object_is_an_error(agent_server: "AgentServer", body: bytes) -> None:
    agent_server.will_answer(200, body)
    assert refused(agent_server).code == "NoJson"


@pytest.mark.parametrize("answer", [{}, {"protection": {"ProtectionEnabled": False}}, {"protection": "on"}])
def test_an_answer_that_does_not_confirm_the_wish_is_an_error(agent_server: "AgentServer", answer: object) -> None:
    agent_server.will_answer(200, answer)
    assert refused(agent_server).code == "NotConfirmed"


def test_an_endpoint_where_nobody_listens_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(AgentError, match="ECS_AGENT_URI"):
        Agent(f"http://127.0.0.1:{port}/api/1").set_protection(enabled=True, expires_minutes=1, timeout_seconds=5)


def test_a_long_foreign_text_is_cut(agent_server: "AgentServer") -> None:
    agent_server.will_answer(500, b"x" * 100_000)
    assert len(str(refused(agent_server))) < 600


@pytest.mark.parametrize("uri", ["", "169.254.170.2/api/1", "ftp://host/x", "http://host:port/x", "http:///x"])
def test_what_is_no_http_address_is_refused(uri: str) -> None:
    with pytest.raises(ValueError):
        Agent(uri)
