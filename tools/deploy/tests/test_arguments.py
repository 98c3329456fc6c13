"""What may be said to the deploy sessions."""

from __future__ import annotations

import pytest

from jobdeploy.arguments import read_arguments


def test_local_needs_no_environment() -> None:
    assert read_arguments(["deploy", "--local"], local=True).environment == "dev"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["deploy"], "--environment is needed"),
        (["deploy", "--local", "--endpoint-url", "http://127.0.0.1:1"], "--local has an endpoint of its own"),
        (["push", "--environment", "dev", "--registry", "127.0.0.1:5000"], "only beside --endpoint-url"),
        (["apply", "--environment", "dev"], "invalid choice: 'apply'"),
        (["deploy", "--environment", "dev", "main-job"], "unrecognized arguments: main-job"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_arguments(arguments, local=True)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_images_are_named_for_a_push_alone() -> None:
    assert read_arguments(["push", "base", "main-job", "--environment", "dev"]).images == ["base", "main-job"]
    assert read_arguments(["deploy", "--local", "--without-scan"], local=True).without_scan


@pytest.mark.parametrize("step", ["bootstrap", "push", "deploy", "smoke", "rollback", "drift", "destroy", "unlock"])
def test_every_step_has_help_with_examples_and_exit_codes(step: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_arguments([step, "--help"], local=True)
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "nox -s deploy -- --local" in said
    assert "Exit codes:" in said
