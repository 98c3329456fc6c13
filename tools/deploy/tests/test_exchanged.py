"""Scalable targets that move in the state. That nothing is replaced then: `nox -s infra`."""

from __future__ import annotations

from jobdeploy.exchanged import exchanged

MAIN = 'module.worker["main-job"].aws_appautoscaling_target.'


def plan(*lines: str) -> str:
    return "\n".join(["Terraform will perform the following actions:", "", *(f"  # {line}" for line in lines), ""])


def test_a_target_moves_where_its_other_variant_is_made() -> None:
    found = exchanged(plan(f"{MAIN}scheduled[0] will be created", f"{MAIN}this[0] will be destroyed"))
    assert found == [(f"{MAIN}this[0]", f"{MAIN}scheduled[0]")]


def test_a_service_that_comes_and_one_that_goes_move_nothing() -> None:
    other = MAIN.replace("main-job", "other")
    assert exchanged(plan(f"{MAIN}scheduled[0] will be created", f"{other}this[0] will be destroyed")) == []
