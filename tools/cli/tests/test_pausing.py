from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from jobctl.environment.ecs_service import AWAKE, SUSPENDED, Scaling, ServiceTasks
from jobctl.environment.paused import BeforePause, add_paused, read_paused, remove_paused
from jobctl.environment.pausing import Pausing
from jobctl.errors import CommandError, NotFoundError
from localaws.aws import clients_of
from localaws.fargate.view import StopCode, Why

from ...localaws.tests.scripted import ScriptedCluster

SCALED_IN = Why(StopCode.SERVICE_SCHEDULER_INITIATED, "Scaling activity")


class Interrupted(Exception):  # noqa: N818
    """In place of a kill."""


@pytest.fixture
def client(endpoint: str) -> Callable[[str], Any]:
    return clients_of(endpoint)


@pytest.fixture
def cluster(client: Callable[[str], Any]) -> ScriptedCluster:
    """Two tasks that run, of one to five."""
    one = ScriptedCluster(client("ecs"), desired=2)
    one.start()
    one.start()
    client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{one.cluster}/{one.service}",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=5,
    )
    return one


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def pausing(client: Callable[[str], Any], cluster: ScriptedCluster, said: list[str]) -> Pausing:
    """Whoever waits sees a running task end."""
    parameter = f"/shop/{cluster.cluster}/paused"
    client("ssm").put_parameter(Name=parameter, Value="{}", Type="String")

    def wait(_: float) -> None:
        cluster.stop(next(task for task in cluster.tasks if task.why is None), SCALED_IN)

    return Pausing(
        service="orders",
        ssm=client("ssm"),
        parameter=parameter,
        scaling=Scaling(client("application-autoscaling"), cluster.cluster, cluster.service),
        tasks=ServiceTasks(client("ecs"), cluster.cluster, cluster.service),
        say=said.append,
        wait=wait,
        progress=said.append,
    )


def _state(pausing: Pausing) -> tuple[int, dict[str, bool], dict[str, BeforePause]]:
    limits = pausing.scaling.limits()
    assert limits is not None
    assert (limits.min_tasks, limits.max_tasks) == (1, 5)
    return pausing.tasks.desired(), dict(limits.suspended), read_paused(pausing.ssm, pausing.parameter)


def test_it_is_drained_when_the_last_task_has_ended(pausing: Pausing, said: list[str]) -> None:
    pausing.pause()
    pausing.wait_until_drained()

    assert pausing.tasks.left() == []
    assert said[-2:] == ["orders: 2 tasks still draining", "orders: 1 task still draining"]


def test_what_was_suspended_before_stays_suspended(pausing: Pausing) -> None:
    before = {**AWAKE, "ScheduledScalingSuspended": True}
    pausing.scaling.suspend(before)
    pausing.pause()
    pausing.resume()

    assert _state(pausing)[1] == before


def test_a_second_pause_keeps_what_the_first_one_noted_and_a_second_resume_changes_nothing(
    pausing: Pausing, said: list[str]
) -> None:
    first = pausing.pause()

    assert pausing.pause() == first
    assert said[-1] == f"orders: paused since {first.paused_at}, desired count was 2"
    assert pausing.resume() == first
    after = _state(pausing)
    assert pausing.resume() is None
    assert _state(pausing) == after


class Cut:
    """A client that ends everything before its nth change."""

    def __init__(self, client: Any, left: list[int]) -> None:
        self._client = client
        self._left = left

    def __getattr__(self, name: str) -> Any:
        if name in {"put_parameter", "register_scalable_target", "update_service"}:
            self._left[0] -= 1
            if self._left[0] == 0:
                raise Interrupted
        return getattr(self._client, name)


def _cut(pausing: Pausing, before: int) -> Pausing:
    left = [before]
    return replace(
        pausing,
        ssm=Cut(pausing.ssm, left),
        scaling=replace(pausing.scaling, client=Cut(pausing.scaling.client, left)),
        tasks=replace(pausing.tasks, client=Cut(pausing.tasks.client, left)),
    )


@pytest.mark.parametrize("before", [1, 2, 3])
def test_interrupted_before_any_change_either_is_run_again_to_the_end(pausing: Pausing, before: int) -> None:
    with pytest.raises(Interrupted):
        _cut(pausing, before).pause()
    former = pausing.pause()
    assert _state(pausing) == (0, dict(SUSPENDED), {"orders": former})
    assert former.desired_count == 2

    with pytest.raises(Interrupted):
        _cut(pausing, before).resume()
    pausing.resume()
    assert _state(pausing) == (2, dict(AWAKE), {})


def test_a_service_that_does_not_scale_is_paused_by_its_desired_count(
    pausing: Pausing, client: Callable[[str], Any], said: list[str]
) -> None:
    client("application-autoscaling").deregister_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{pausing.scaling.cluster}/{pausing.scaling.ecs_service}",
        ScalableDimension="ecs:service:DesiredCount",
    )
    pausing.pause()
    assert pausing.tasks.desired() == 0
    assert "orders: has no scaling to suspend" in said
    pausing.resume()
    assert pausing.tasks.desired() == 2


def test_limits_that_changed_while_it_was_paused_hold(pausing: Pausing, client: Callable[[str], Any]) -> None:
    pausing.pause()
    client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{pausing.scaling.cluster}/{pausing.scaling.ecs_service}",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=4,
        MaxCapacity=8,
    )
    pausing.resume()

    assert pausing.tasks.desired() == 4


def test_the_other_services_stay_noted(pausing: Pausing) -> None:
    other = BeforePause("2026-01-01T00:00:00Z", 7, None)
    add_paused(pausing.ssm, pausing.parameter, "invoices", other)
    pausing.pause()
    pausing.resume()
    assert read_paused(pausing.ssm, pausing.parameter) == {"invoices": other}

    remove_paused(pausing.ssm, pausing.parameter, "invoices")
    assert json.loads(pausing.ssm.get_parameter(Name=pausing.parameter)["Parameter"]["Value"]) == {}


def test_a_parameter_with_something_else_is_told(client: Callable[[str], Any]) -> None:
    client("ssm").put_parameter(Name="/shop/spoilt/paused", Value='{"orders": 3}', Type="String")

    with pytest.raises(CommandError, match="not what `jobctl pause` writes"):
        read_paused(client("ssm"), "/shop/spoilt/paused")


def test_a_service_that_is_not_there_is_told(pausing: Pausing) -> None:
    with pytest.raises(NotFoundError, match="No ECS service nobody"):
        replace(pausing, tasks=replace(pausing.tasks, ecs_service="nobody")).pause()
