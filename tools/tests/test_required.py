"""The one required check passes when everything that a change touches has passed, and never because nothing ran."""

from __future__ import annotations

import json

import pytest

from jobtools.required import judge, main


def test_jobs_that_were_not_touched_do_not_stand_in_the_way() -> None:
    assert not judge({"affected": "success", "test": "success", "infra": "skipped"})


@pytest.mark.parametrize("result", ["failure", "cancelled", ""])
def test_one_job_that_did_not_pass_does(result: str) -> None:
    assert judge({"affected": "success", "test": result}) == [f"test: {result}"]


@pytest.mark.parametrize("results", [{"affected": "skipped", "test": "skipped"}, {"test": "success"}, {}])
def test_without_knowing_what_is_touched_nothing_lands(results: dict[str, str]) -> None:
    assert judge(results)


@pytest.mark.parametrize(("result", "code"), [("success", 0), ("failure", 1)])
def test_the_exit_code_is_the_verdict(result: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDS", json.dumps({"affected": {"result": result, "outputs": {"tests": "[]"}}}))
    assert main() == code


@pytest.mark.parametrize("needs", [None, "", "[]", '{"affected": "success"}'])
def test_anything_but_githubs_answer_is_exit_code_2(needs: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEEDS", raising=False)
    if needs is not None:
        monkeypatch.setenv("NEEDS", needs)
    assert main() == 2
