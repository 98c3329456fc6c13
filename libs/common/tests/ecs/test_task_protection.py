"""That wishes reach ECS, in order, holding up nobody; against a tiny agent on the loopback interface."""

import logging
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from jobqueue.ecs.agent import Agent
from jobqueue.ecs.schedule import Schedule
from jobqueue.ecs.task_protection import EcsTaskProtection, NoTaskProtection, task_protection

if TYPE_CHECKING:
    from jobqueue.consumer.ports import TaskProtection

    from .conftest import AgentServer

ON = {"ProtectionEnabled": True, "ExpiresInMinutes": 10}
OFF = {"ProtectionEnabled": False}
NEVER = 3600.0


def eager(server: "AgentServer", *, renew_seconds: float = NEVER) -> EcsTaskProtection:
    """Calls at once whatever it has to say."""
    schedule = Schedule(600, renew_seconds=renew_seconds, spacing_seconds=0)
    return EcsTaskProtection(Agent(server.uri), schedule)


@pytest.fixture
def protection(agent_server: "AgentServer") -> Iterator[EcsTaskProtection]:
    made = eager(agent_server)
    yield made
    made.close(5)


def test_a_wish_is_made_true_and_taken_back(agent_server: "AgentServer", protection: EcsTaskProtection) -> None:
    protection.protect()
    assert agent_server.next_call().body == ON
    protection.release()
    assert agent_server.next_call().body == OFF


def test_a_repeated_wish_costs_no_call(agent_server: "AgentServer", protection: EcsTaskProtection) -> None:
    for _ in range(100):
        protection.protect()
    assert agent_server.next_call().body == ON
    for _ in range(100):
        protection.release()
    assert agent_server.next_call().body == OFF
    protection.close(5)
    assert agent_server.calls.empty()


def test_protection_is_renewed_while_it_is_wanted(agent_server: "AgentServer") -> None:
    protection = eager(agent_server, renew_seconds=0.001)
    protection.protect()
    assert [agent_server.next_call().body for _ in range(3)] == [ON, ON, ON]
    protection.close(5)


def test_a_slow_agent_holds_up_no_caller_and_the_last_wish_wins(
    agent_server: "AgentServer", protection: EcsTaskProtection
) -> None:
    agent_server.may_answer.clear()
    protection.protect()
    assert agent_server.next_call().body == ON
    for _ in range(50):  # these return although the call above has no answer yet
        protection.release()
        protection.protect()
    protection.release()
    assert agent_server.calls.empty()
    agent_server.may_answer.set()
    assert agent_server.next_call().body == OFF


def test_a_failed_call_is_tried_again_and_logged_once_a_minute(
    agent_server: "AgentServer", caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "jobqueue.ecs")
    failure = {"failure": {"Arn": "arn", "Reason": "DEPLOYMENT_BLOCKED", "Detail": None}}
    for _ in range(5):
        agent_server.will_answer(200, failure)
    protection = eager(agent_server)
    protection.protect()
    assert [agent_server.next_call().body for _ in range(6)] == [ON] * 6
    protection.close(5)
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "jobs go on" in warnings[0]
    assert "DEPLOYMENT_BLOCKED" in warnings[0]


def test_close_drops_protection_and_ends_the_thread(agent_server: "AgentServer") -> None:
    protection = eager(agent_server)
    protection.protect()
    assert agent_server.next_call().body == ON
    protection.close(5)
    assert agent_server.next_call().body == OFF
    assert "task-protection" not in {thread.name for thread in threading.enumerate()}


def test_close_does_not_wait_for_spacing_between_calls(agent_server: "AgentServer") -> None:
    protection = EcsTaskProtection(Agent(agent_server.uri), Schedule(600, spacing_seconds=NEVER))
    protection.protect()
    assert agent_server.next_call().body == ON
    protection.close(5)
    assert agent_server.next_call().body == OFF


def test_close_without_protection_calls_nobody(agent_server: "AgentServer") -> None:
    protection = eager(agent_server)
    protection.close(5)
    protection.close(5)
    protection.protect()
    assert agent_server.calls.empty()


def test_close_gives_up_on_an_agent_that_does_not_answer(agent_server: "AgentServer") -> None:
    protection = eager(agent_server)
    protection.protect()
    assert agent_server.next_call().body == ON
    agent_server.may_answer.clear()
    protection.close(0.05)
    assert agent_server.next_call().body == OFF
    agent_server.may_answer.set()


def test_outside_ecs_nothing_is_done() -> None:
    protection: TaskProtection = task_protection({})
    assert isinstance(protection, NoTaskProtection)
    protection.protect()
    protection.release()
    protection.close(5)


def test_an_address_that_makes_no_sense_fails_open(caplog: pytest.LogCaptureFixture) -> None:
    assert isinstance(task_protection({"ECS_AGENT_URI": "nonsense"}), NoTaskProtection)
    assert "ECS_AGENT_URI" in caplog.text


def test_inside_ecs_the_agent_is_asked(agent_server: "AgentServer") -> None:
    protection = task_protection({"ECS_AGENT_URI": agent_server.uri})
    protection.protect()
    assert agent_server.next_call().body == ON
    protection.close(5)
