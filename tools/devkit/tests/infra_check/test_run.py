"""The command's arguments, and what a change of values may do."""

from __future__ import annotations

from pathlib import Path

import pytest

from devkit.errors import MismatchError
from devkit.infra_check.__main__ import main
from devkit.infra_check.plan import Change
from devkit.infra_check.run import check_in_place


def planned(*actions: str, kind: str = "aws_sqs_queue") -> Change:
    return Change(f"{kind}.this", kind, actions, ())


def test_updates_and_a_new_revision_of_a_task_definition_are_in_place_and_what_is_turned_on_is_made() -> None:
    revision = planned("delete", "create", kind="aws_ecs_task_definition")
    check_in_place([planned("update"), revision, planned("create", kind="aws_dynamodb_table")])


def test_a_table_that_is_made_anew_has_lost_its_records() -> None:
    with pytest.raises(MismatchError, match=r"aws_dynamodb_table\.this"):
        check_in_place([planned("delete", "create", kind="aws_dynamodb_table")])


@pytest.mark.parametrize("actions", [("delete", "create"), ("create",), ("delete",)])
def test_anything_else_is_not(actions: tuple[str, ...]) -> None:
    with pytest.raises(MismatchError, match=r"aws_sqs_queue\.this"):
        check_in_place([planned(*actions)])


def test_a_change_that_changes_nothing_is_an_error() -> None:
    with pytest.raises(MismatchError, match="changes nothing"):
        check_in_place([])


def test_a_missing_terraform_is_exit_code_2_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["format"]) == 2
    assert capsys.readouterr().err.startswith("Terraform is not installed.")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["aply"], "there are format, validate, test, apply"),
        (["apply", "--aws-cli=/none"], "no program /none; `nox -s infra` brings an AWS CLI"),
    ],
)
def test_a_wrong_argument_is_refused(arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert error in capsys.readouterr().err
