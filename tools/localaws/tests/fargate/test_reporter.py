"""What the local AWS is told of a task."""

from __future__ import annotations

from dataclasses import replace

from localaws.fargate.reporter import STEADY_SECONDS, is_steady
from localaws.fargate.view import ESSENTIAL_EXITED, ContainerView, Health, State, TaskView

WORKER = ContainerView("worker", "ecr/worker@sha256:aa", essential=True, state=State.RUNNING, container_id="c1")
TASK = TaskView(
    task_id="t1",
    service="worker-service",
    definition_arn="worker:1",
    family="worker",
    revision=1,
    state=State.RUNNING,
    health=Health.UNKNOWN,
    containers=(WORKER,),
    created_at=100.0,
    started_at=101.0,
    deployment="ecs-svc/1",
)


def test_a_task_without_a_health_check_is_trusted_after_a_while() -> None:
    assert not is_steady(TASK, 101.0 + STEADY_SECONDS)
    assert is_steady(TASK, 102.0 + STEADY_SECONDS)


def test_a_task_with_a_health_check_is_trusted_when_it_is_healthy() -> None:
    checked = replace(TASK, has_health_check=True)
    assert not is_steady(checked, 1e9)
    assert is_steady(replace(checked, health=Health.HEALTHY), 101.0)
    assert not is_steady(replace(checked, health=Health.HEALTHY, why=ESSENTIAL_EXITED), 101.0)
