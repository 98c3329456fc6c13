"""Deployments of a service, from the states of its tasks."""

from __future__ import annotations

import pytest

from localaws.moto_patches.rollout import FAILED_HEALTH, Breaker, Rollout, SeenTask

ON = Breaker(enable=True, rollback=True)
OLD, NEW = "ecs-svc/1", "ecs-svc/2"


def task(name: str, deployment: str = NEW, *, steady: bool = True) -> SeenTask:
    return SeenTask(name, deployment, "RUNNING", "RUNNING", steady)


def crashed(name: str, deployment: str = NEW) -> SeenTask:
    return SeenTask(name, deployment, "STOPPED", "STOPPED", False, "EssentialContainerExited", "Essential ...")


def retired(name: str, deployment: str = OLD, status: str = "STOPPED") -> SeenTask:
    return SeenTask(name, deployment, status, "STOPPED", False, "ServiceSchedulerInitiated", "Scaling ...")


def texts(rollout: Rollout) -> list[str]:
    return [one.text.removeprefix("(service worker) ") for one in reversed(rollout.events)]


@pytest.fixture
def rollout() -> Rollout:
    """One deployment that was completed, with the task `a`, and a new one."""
    one = Rollout("worker")
    one.begin(OLD, "1", "worker:1", 1.0)
    one.observe([task("a", OLD)], 1, ON, 2.0)
    assert [deployment.status for deployment in one.deployments] == ["SUCCESSFUL"]
    one.begin(NEW, "2", "worker:2", 3.0)
    one.events.clear()
    return one


def test_a_deployment_is_pending_until_the_scheduler_is_heard_of() -> None:
    rollout = Rollout("worker")
    new = rollout.begin(NEW, "2", "worker:2", 1.0)
    assert new.status == "PENDING"
    rollout.observe([], 1, ON, 2.0)
    assert (new.status, new.rollout_state) == ("IN_PROGRESS", "IN_PROGRESS")


def test_it_is_complete_when_its_tasks_work_and_the_old_ones_are_gone(rollout: Rollout) -> None:
    new = rollout.deployments[-1]
    rollout.observe([task("a", OLD), task("b", steady=False)], 1, ON, 4.0)
    rollout.observe([task("a", OLD), task("b")], 1, ON, 5.0)
    rollout.observe([retired("a", status="STOPPING"), task("b")], 1, ON, 6.0)
    assert (new.status, [one.id for one in rollout.shown()]) == ("IN_PROGRESS", [NEW, OLD])
    rollout.observe([retired("a"), task("b")], 1, ON, 7.0)
    assert (new.status, new.rollout_state, new.finished_at) == ("SUCCESSFUL", "COMPLETED", 7.0)
    assert [one.id for one in rollout.shown()] == [NEW]
    assert texts(rollout) == [
        "has started 1 tasks: (task b).",
        "has stopped 1 running tasks: (task a).",
        f"(deployment {NEW}) deployment completed.",
        "has reached a steady state.",
    ]


def test_the_third_failure_takes_it_back_to_the_last_that_was_completed(rollout: Rollout) -> None:
    new = rollout.deployments[-1]
    dead: list[SeenTask] = []
    for name in ("b", "c"):
        dead.append(crashed(name))
        rollout.observe([*dead, task("a", OLD)], 1, ON, 4.0)
    assert (rollout.primary, new.failures, new.breaker) == (new, 2, "MONITORING")
    rollout.observe([*dead, crashed("d"), task("a", OLD)], 1, ON, 5.0)
    assert rollout.primary is rollout.deployments[0]
    assert rollout.primary.rollout_reason == "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1."
    assert (new.status, new.rollout_state, new.failures, new.breaker) == (
        "ROLLBACK_IN_PROGRESS",
        "FAILED",
        3,
        "TRIGGERED",
    )
    rollout.observe([*dead, crashed("d"), task("a", OLD)], 1, ON, 6.0)
    assert new.status == "ROLLBACK_SUCCESSFUL"
    assert rollout.primary.status == "SUCCESSFUL"
    assert texts(rollout)[-4:] == [
        f"(deployment {NEW}) deployment failed: tasks failed to start.",
        f"rolling back to deployment {OLD}.",
        f"(deployment {OLD}) deployment completed.",
        "has reached a steady state.",
    ]


def test_a_failure_is_counted_once_however_often_it_is_reported(rollout: Rollout) -> None:
    for now in range(5):
        rollout.observe([crashed("b"), task("a", OLD)], 1, ON, 4.0 + now)
    assert rollout.deployments[-1].failures == 1


@pytest.mark.parametrize(("desired", "threshold"), [(1, 3), (6, 3), (25, 13), (1000, 200)])
def test_the_threshold_is_half_of_what_is_desired_between_3_and_200(
    rollout: Rollout, desired: int, threshold: int
) -> None:
    rollout.observe([task("a", OLD)], desired, ON, 4.0)
    assert rollout.deployments[-1].threshold == threshold


def test_a_task_that_fails_its_health_checks_counts_and_one_that_is_retired_does_not(rollout: Rollout) -> None:
    sick = SeenTask("b", NEW, "STOPPED", "STOPPED", False, "ServiceSchedulerInitiated", FAILED_HEALTH)
    rollout.observe([task("b", steady=False), task("c", steady=False)], 1, ON, 4.0)
    rollout.observe([sick, retired("c", NEW)], 1, ON, 5.0)
    assert rollout.deployments[-1].failures == 1
    assert "(task b) failed container health checks." in texts(rollout)


def test_a_task_that_works_resets_the_count(rollout: Rollout) -> None:
    seen = [crashed("b"), crashed("c"), task("d")]
    rollout.observe(seen, 2, ON, 4.0)
    assert rollout.deployments[-1].failures == 2
    rollout.observe(seen, 2, ON, 5.0)
    assert rollout.deployments[-1].failures == 0


def test_without_a_deployment_that_was_completed_there_is_nothing_to_go_back_to() -> None:
    rollout = Rollout("worker")
    new = rollout.begin(NEW, "2", "worker:2", 1.0)
    rollout.observe([crashed(name) for name in "abc"], 1, ON, 2.0)
    assert (rollout.primary, new.rollout_state, new.status) == (new, "FAILED", "ROLLBACK_FAILED")


def test_without_rollback_it_stops_and_without_a_breaker_it_goes_on(rollout: Rollout) -> None:
    new = rollout.deployments[-1]
    dead = [crashed(name) for name in "bcd"]
    rollout.observe([*dead, task("a", OLD)], 1, Breaker(), 4.0)
    assert (new.status, new.failures) == ("IN_PROGRESS", 3)
    rollout.observe([*dead, task("a", OLD)], 1, Breaker(enable=True), 5.0)
    assert (rollout.primary, new.status, new.rollout_state) == (new, "STOPPED", "FAILED")


def test_a_rollback_whose_tasks_fail_as_well_has_failed(rollout: Rollout) -> None:
    new = rollout.deployments[-1]
    dead = [crashed(name) for name in "bcd"]
    rollout.observe([*dead, task("a", OLD)], 1, ON, 4.0)
    rollout.observe([*dead, *(crashed(name, OLD) for name in "aef")], 1, ON, 5.0)
    assert new.status == "ROLLBACK_FAILED"
    assert rollout.primary is not None
    assert rollout.primary.rollout_state == "FAILED"


def test_a_newer_deployment_supersedes_one_in_progress(rollout: Rollout) -> None:
    rollout.begin("ecs-svc/3", "3", "worker:3", 4.0)
    assert [one.status for one in rollout.deployments] == ["SUCCESSFUL", "STOPPED", "PENDING"]


def test_a_service_without_tasks_is_complete_at_once() -> None:
    rollout = Rollout("worker")
    new = rollout.begin(NEW, "2", "worker:2", 1.0)
    rollout.observe([], 0, ON, 2.0)
    assert new.status == "SUCCESSFUL"
