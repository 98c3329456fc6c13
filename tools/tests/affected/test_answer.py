"""The answer as a command gives it: text, JSON, GitHub Actions' outputs, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtools.affected.__main__ import main

if TYPE_CHECKING:
    from .conftest import Repository

KEYS = [
    "base",
    "why",
    "everything",
    "packages",
    "tests",
    "services",
    "images",
    "infra",
    "system",
    "docs",
    "checks",
    "reasons",
]


def test_json_has_the_promised_keys(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--base", "HEAD", "--json"], repository.root) == 0
    assert list(json.loads(capsys.readouterr().out)) == KEYS


def test_the_promised_keys_are_in_the_docs() -> None:
    from jobtools.pages import ROOT

    page = (ROOT / "docs/howto/release.md").read_text()
    assert [key for key in KEYS if f"| `{key}` |" not in page] == []


def test_every_output_of_github_is_one_line_that_from_json_reads(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "output"
    output.write_text("earlier=1\n")
    monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    repository.write("services/main-job/x.py")
    assert main(["--base", "HEAD", "--github-output"], repository.root) == 0
    lines = dict(line.split("=", 1) for line in output.read_text().splitlines())
    assert lines.pop("earlier") == "1"
    assert lines["packages"] == '["main-job","tools"]'
    assert (lines["infra"], lines["system"]) == ("false", "true")
    assert lines["why"].startswith("Compared with HEAD")
    assert json.loads(lines["affected"])["services"] == ["main-job"]
    assert list(lines) == [*KEYS[:-1], "affected"]


def test_github_output_elsewhere_is_refused(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    with pytest.raises(SystemExit, match="2"):
        main(["--github-output"], repository.root)


def test_people_read_what_is_touched_and_through_what(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(5):
        repository.write(f"libs/common/x{number}.py")
    assert main(["--base", "HEAD"], repository.root) == 0
    said = capsys.readouterr().out
    assert "common           libs/common/x0.py, libs/common/x1.py, libs/common/x2.py, and 2 more" in said
    assert "main-job         depends on common" in said
    assert "images             background-job, base, main-job" in said
    assert "infra              no" in said


def test_nothing_touched_is_one_line(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--base", "HEAD"], repository.root) == 0
    assert capsys.readouterr().out.endswith("Nothing is touched.\n")


def test_what_cannot_be_asked_ends_with_2_and_one_line(
    repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit()
    assert main(["--base", "nope"], repository.root) == 2
    assert main([], tmp_path) == 2
    repository.write("uv.lock", "<<<<<<< conflict")
    assert main(["--base", "HEAD"], repository.root) == 2
    (repository.root / "uv.lock").unlink()
    assert main(["--base", "HEAD"], repository.root) == 2
    (repository.root / "pyproject.toml").write_text("[project]\nname = 'no workspace'\n")
    assert main([], repository.root) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 5
