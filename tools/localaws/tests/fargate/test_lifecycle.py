"""What a task does when something happens to one of its containers."""

from __future__ import annotations

import pytest

from localaws.fargate.containers import OUT_OF_MEMORY, Event, Found, Happened
from localaws.fargate.definition import Container, RestartPolicy, TaskDefinition
from localaws.fargate.lifecycle import Lifecycle, Restart, may_restart
from localaws.fargate.view import ESSENTIAL_EXITED, ContainerView, Health, State

WORKER = Container("worker", "i", has_health_check=True)
BESIDE = Container("beside", "j", essential=False, restart_policy=RestartPolicy(60, (7,)), has_health_check=True)
TASK = "0" * 32


def lifecycle(*containers: Container) -> Lifecycle:
    return Lifecycle(TaskDefinition("arn", "family", 1, containers or (WORKER, BESIDE)))


def event(container: str, happened: Happened, at: float, code: int | None = None) -> Event:
    return Event(TASK, container, f"id-of-{container}", happened, at, code)


def started(container: str, at: float = 100.0) -> Event:
    return event(container, Happened.STARTED, at)


def ended(container: str, at: float, code: int = 1) -> Event:
    return event(container, Happened.ENDED, at, code)


def view(of: Lifecycle, name: str) -> ContainerView:
    return next(one for one in of.containers() if one.name == name)


def test_a_container_is_pending_until_it_starts() -> None:
    one = lifecycle()
    assert view(one, "worker").state is State.PENDING
    assert one.take(started("worker")) is None
    now = view(one, "worker")
    assert (now.state, now.container_id, now.started_at) == (State.RUNNING, "id-of-worker", 100.0)


def test_the_end_of_an_essential_container_stops_the_task_in_ecs_s_words() -> None:
    one = lifecycle()
    one.take(started("worker"))
    wish = one.take(ended("worker", 101.0, 137))
    assert wish == ESSENTIAL_EXITED
    assert ESSENTIAL_EXITED.reason == "Essential container in task exited"
    assert view(one, "worker").exit_code == 137


def test_the_end_of_another_container_leaves_the_task_alone() -> None:
    one = lifecycle(WORKER, Container("once", "j", essential=False))
    one.take(started("once"))
    assert one.take(ended("once", 101.0, 0)) is None
    assert view(one, "once").state is State.STOPPED


@pytest.mark.parametrize(
    ("ran", "code", "again"), [(60.0, 1, True), (59.9, 1, False), (600.0, 7, False), (600.0, 0, True)]
)
def test_a_container_is_restarted_only_if_it_ran_for_the_attempt_period(ran: float, code: int, again: bool) -> None:
    one = lifecycle()
    one.take(started("beside", 100.0))
    assert one.take(ended("beside", 100.0 + ran, code)) == (Restart("beside") if again else None)
    assert may_restart(BESIDE, code, ran) is again
    assert may_restart(WORKER, code, ran) is False


def test_an_essential_container_with_a_restart_policy_stops_the_task_only_when_it_is_not_restarted() -> None:
    one = lifecycle(Container("worker", "i", restart_policy=RestartPolicy(60)))
    one.take(started("worker", 100.0))
    assert one.take(ended("worker", 160.0)) == Restart("worker")
    one.take(started("worker", 161.0))
    assert view(one, "worker").restarts == 1
    assert one.take(ended("worker", 162.0)) == ESSENTIAL_EXITED


def test_an_event_that_is_told_twice_or_late_changes_nothing() -> None:
    one = lifecycle()
    one.take(started("worker", 100.0))
    before = one.containers()
    assert one.take(started("worker", 100.1)) is None
    assert one.containers() == before
    one.take(ended("worker", 101.0))
    gone = one.containers()
    assert one.take(ended("worker", 101.1)) is None
    assert one.take(started("worker", 100.0)) is None
    assert one.take(event("worker", Happened.UNHEALTHY, 102.0)) is None
    assert one.containers() == gone


def test_the_task_is_as_healthy_as_its_essential_containers() -> None:
    one = lifecycle()
    assert one.health() is Health.UNKNOWN
    one.take(started("worker"))
    one.take(started("beside"))
    one.take(event("beside", Happened.UNHEALTHY, 101.0))
    assert one.health() is Health.UNKNOWN
    one.take(event("worker", Happened.HEALTHY, 102.0))
    assert one.health() is Health.HEALTHY
    assert one.take(event("worker", Happened.UNHEALTHY, 103.0)) is None  # its service decides
    assert one.health() is Health.UNHEALTHY


def test_a_task_without_health_checks_has_no_health() -> None:
    one = lifecycle(Container("worker", "i"))
    one.take(started("worker"))
    assert one.health() is Health.UNKNOWN


def test_the_end_of_the_network_s_holder_stops_the_task() -> None:
    one = lifecycle()
    assert one.take(ended("pause", 99.0)) is None
    one.take(started("pause"))
    assert one.take(ended("pause", 101.0)) == ESSENTIAL_EXITED
    assert {container.name for container in one.containers()} == {"worker", "beside"}


def test_at_the_end_the_engine_s_own_account_counts() -> None:
    one = lifecycle()
    one.take(started("worker"))
    one.note(Found("id", TASK, "s", "worker", False, 100.0, 130.0, 137, out_of_memory=True, health=None))
    one.note(Found("id", TASK, "s", "beside", False, 0.0, 0.0, 0, out_of_memory=False, health=None))
    one.note(Found("id", TASK, "s", "pause", False, 99.0, 131.0, 0, out_of_memory=False, health=None))
    one.close()
    worker, beside = one.containers()
    assert (worker.exit_code, worker.reason, worker.stopped_at) == (137, OUT_OF_MEMORY, 130.0)
    assert (beside.state, beside.exit_code) == (State.STOPPED, None)


def test_what_exists_tells_how_it_came_to_be_so() -> None:
    runs = Found("id", TASK, "s", "worker", True, 100.0, 0.0, 0, out_of_memory=False, health="healthy")
    over = Found("id", TASK, "s", "worker", False, 100.0, 110.0, 3, out_of_memory=False, health="unhealthy")
    fresh = Found("id", TASK, "s", "worker", False, 0.0, 0.0, 0, out_of_memory=False, health="starting")
    assert [one.happened for one in runs.events()] == [Happened.STARTED, Happened.HEALTHY]
    assert [(one.happened, one.exit_code) for one in over.events()] == [(Happened.STARTED, None), (Happened.ENDED, 3)]
    assert fresh.events() == []
