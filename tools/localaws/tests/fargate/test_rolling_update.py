"""What a service starts and stops, from what is wanted and what runs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localaws.fargate.rolling_update import MAX_SECONDS, Decision, Pace, Running, Wanted, decide
from localaws.fargate.view import StopCode

OLD, NEW = "ecs-svc/0", "ecs-svc/1"


def task(name: str, revision: str = NEW, *, ready: bool = True, unhealthy: bool = False, kept: bool = False) -> Running:
    return Running(name, revision, ready and not unhealthy, unhealthy, kept)


def wanted(count: int, least: int = 100, most: int = 200) -> Wanted:
    return Wanted("service", "family:2", count, least, most, NEW)


def stopped(decision: Decision) -> list[str]:
    return [name for name, _ in decision.stop]


def test_missing_tasks_are_started() -> None:
    assert decide(wanted(3), [task("a")]) == Decision(start=2)


def test_enough_is_enough() -> None:
    assert decide(wanted(2), [task("a"), task("b", ready=False)]) == Decision()


def test_surplus_tasks_are_stopped_what_does_not_work_first_then_the_youngest() -> None:
    running = [task("oldest"), task("older"), task("starting", ready=False), task("youngest")]
    assert stopped(decide(wanted(3), running)) == ["starting"]
    assert stopped(decide(wanted(1), running)) == ["starting", "youngest", "older"]


def test_a_surplus_task_is_told_who_stopped_it() -> None:
    ((_, why),) = decide(wanted(0), [task("a")]).stop
    assert (why.code, why.reason) == (
        StopCode.SERVICE_SCHEDULER_INITIATED,
        "Scaling activity initiated by (deployment ecs-svc/1)",
    )


def test_new_tasks_work_before_old_ones_stop() -> None:
    old = [task("a", OLD), task("b", OLD)]
    assert decide(wanted(2), old) == Decision(start=2)
    assert decide(wanted(2), [*old, task("c", ready=False), task("d", ready=False)]) == Decision()
    assert stopped(decide(wanted(2), [*old, task("c"), task("d", ready=False)])) == ["a"]
    assert stopped(decide(wanted(2), [*old, task("c"), task("d")])) == ["a", "b"]


def test_old_tasks_that_do_not_work_are_stopped_at_once() -> None:
    assert decide(wanted(1), [task("a", OLD, ready=False)]).stop[0][0] == "a"


def test_without_room_for_more_old_tasks_stop_first_as_far_as_that_is_allowed() -> None:
    old = [task("a", OLD), task("b", OLD)]
    decision = decide(wanted(2, least=50, most=100), old)
    assert (decision.start, stopped(decision)) == (0, ["a"])
    assert decide(wanted(2, least=50, most=100), old[1:]) == Decision(start=1)


def test_an_unhealthy_task_is_replaced_first_and_then_stopped() -> None:
    sick = task("a", unhealthy=True)
    assert decide(wanted(1), [sick]) == Decision(start=1)
    assert decide(wanted(1), [sick, task("b", ready=False)]) == Decision()
    ((name, why),) = decide(wanted(1), [sick, task("b")]).stop
    assert (name, why.reason) == ("a", "Task failed container health checks")


def test_an_unhealthy_task_is_stopped_first_where_there_is_no_room() -> None:
    assert stopped(decide(wanted(1, least=0, most=100), [task("a", unhealthy=True)])) == ["a"]


def test_protected_tasks_are_spared_when_the_service_shrinks_or_deploys() -> None:
    assert stopped(decide(wanted(1), [task("a", kept=True), task("b", kept=True), task("c")])) == ["c"]
    assert stopped(decide(wanted(1), [task("a", OLD, kept=True), task("b")])) == []


def test_an_unhealthy_task_is_stopped_although_it_is_protected() -> None:
    assert stopped(decide(wanted(1), [task("a", unhealthy=True, kept=True), task("b")])) == ["a"]


def test_a_deployment_that_failed_starts_no_more_tasks_and_the_old_ones_stay() -> None:
    failed = Wanted("service", "family:2", 2, deployment=NEW, failed=True)
    assert decide(failed, [task("a", OLD), task("b", OLD)]) == Decision()


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_service_without_tasks_starts_all_of_them(count: int) -> None:
    assert decide(wanted(count), []) == Decision(start=count)


@given(
    count=st.integers(0, 5),
    running=st.lists(st.builds(Running, st.uuids().map(str), st.sampled_from([OLD, NEW]), st.booleans()), max_size=8),
)
def test_it_comes_to_rest_at_what_is_wanted_and_never_works_with_less_than_it_may(
    count: int, running: list[Running]
) -> None:
    for step in range(20):
        decision = decide(wanted(count), running)
        if decision == Decision() and all(one.ready for one in running):
            break
        working = sum(one.ready for one in running)
        left = [one for one in running if one.task_id not in stopped(decision)]
        assert sum(one.ready for one in left) >= min(working, count)
        assert len(running) + decision.start <= max(len(running), 2 * count)
        running = ready_now([*left, *(task(f"{step}-{n}") for n in range(decision.start))])
    assert sorted(one.deployment for one in running) == [NEW] * count


def ready_now(running: Sequence[Running]) -> list[Running]:
    """Some time later."""
    return [Running(one.task_id, one.deployment, ready=True) for one in running]


def test_the_first_replacement_comes_at_once() -> None:
    pace = Pace()
    pace.failed(10.0)
    assert pace.wait_seconds(10.0) == 0


def test_each_further_one_waits_longer_up_to_a_limit() -> None:
    pace = Pace()
    waits = []
    for _ in range(9):
        pace.failed(10.0)
        waits.append(pace.wait_seconds(10.0))
    assert waits == [0, 1, 2, 4, 8, 16, MAX_SECONDS, MAX_SECONDS, MAX_SECONDS]


def test_the_wait_passes() -> None:
    pace = Pace()
    pace.failed(10.0)
    pace.failed(10.0)
    assert (pace.wait_seconds(10.5), pace.wait_seconds(11.0)) == (0.5, 0)


def test_one_that_works_makes_the_next_replacement_prompt_again() -> None:
    pace = Pace()
    for _ in range(5):
        pace.failed(10.0)
    pace.worked()
    pace.failed(10.0)
    assert pace.wait_seconds(10.0) == 0
