"""The command: what it prints, what it leaves out and says so, and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from jobtools.scan.__main__ import main
from jobtools.scan.finding import Finding, Severity
from jobtools.scan.policy import Policy
from jobtools.scan.report import as_json, lines_of, summary
from jobtools.scan.run import ALL, Scan, choose, run
from jobtools.scan.scanner import CouldNotLook, Look, Scanner
from jobtools.scan.thresholds import SCANNERS, Ignore

TODAY = date(2026, 7, 1)
FINDING = Finding("shell", "SC1", Severity.LOW, "run", 3, "wrong", "see the wiki")


def scanner(*findings: Finding, failure: str = "", **other: tuple[str, ...]) -> Scanner:
    def look(root: Path) -> Look:
        if failure:
            raise CouldNotLook(failure)
        return Look("2 shell scripts", findings)

    return Scanner("shell", "shellcheck", "mistakes", look, **other)


def scan(root: Path, one: Scanner, *ignores: Ignore, left_out: tuple[Scanner, ...] = ()) -> tuple[str, Scan]:
    policy = Policy(dict.fromkeys(SCANNERS, Severity.INFO), ignores)
    [ran] = run([one], root, policy, TODAY)
    done = Scan((ran,), left_out)
    return "\n".join([*lines_of(ran), *summary(done)]), done


def test_a_clean_scan_says_what_was_looked_at_and_how_long_it_took(tmp_path: Path) -> None:
    told, done = scan(tmp_path, scanner())
    assert told == "shell              ok     2 shell scripts, 0.0 s (shellcheck)\nPassed: 1 scanner in 0 s."
    assert done.passed
    assert done.complete


def test_a_finding_is_told_with_its_place_its_reason_and_what_to_do(tmp_path: Path) -> None:
    told, done = scan(tmp_path, scanner(FINDING))
    assert "    run:3: SC1 (low) wrong\n        see the wiki\n" in told
    assert told.endswith("FAILED: shell, of 1 scanner in 0 s.")
    assert not done.passed


def test_a_scanner_that_could_not_look_has_not_passed_and_its_ignores_are_not_unused(tmp_path: Path) -> None:
    kept = Ignore("SC1", "shell", "run", "words", date(2027, 1, 1))
    told, done = scan(tmp_path, scanner(failure="no database"), kept)
    assert "DID NOT LOOK" in told
    assert "    no database\n" in told
    assert "unused" not in told
    assert not done.passed
    assert not done.complete


def test_expired_and_unused_ignores_each_have_their_own_message(tmp_path: Path) -> None:
    expired = Ignore("SC1", "shell", "run", "words", date(2026, 6, 30))
    unused = Ignore("SC9", "shell", "run", "words", date(2027, 1, 1))
    told, done = scan(tmp_path, scanner(), expired, unused)
    assert "scan.toml: expired on 2026-06-30: shell SC1 in run" in told
    assert "scan.toml: unused: shell SC9 in run" in told
    assert not done.passed


def test_a_scanners_own_file_of_undated_ignores_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".shellcheckrc").touch()
    told, done = scan(tmp_path, scanner(ignore_files=(".shellcheckrc",)))
    assert ".shellcheckrc:1: undated-ignores" in told
    assert not done.passed


def test_json_tells_the_same(tmp_path: Path) -> None:
    kept = Ignore("SC1", "shell", "run", "words", date(2027, 1, 1))
    _, done = scan(tmp_path, scanner(FINDING), kept, left_out=ALL[:1])
    told = json.loads(json.dumps(as_json(done)))
    assert (told["passed"], told["complete"], told["left_out"]) == (True, False, ["dependencies"])
    assert told["scanners"][0]["ignored"][0]["ignore"]["expires"] == "2027-01-01"


def test_offline_leaves_out_exactly_what_asks_a_database() -> None:
    assert [one.name for one in ALL if one not in choose([], offline=True)] == ["dependencies"]


def test_every_scanner_has_a_threshold_and_only_images_are_judged_elsewhere() -> None:
    assert [*(one.name for one in ALL), "image"] == list(SCANNERS)


def test_offline_says_that_the_scan_is_not_complete_and_passes(
    repository: Path, write: Callable[[str, str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    write("scan.toml", "[fail-at]\n" + "".join(f'{name} = "info"\n' for name in SCANNERS))
    write("run.sh", "#!/bin/sh\n")
    assert main(["--offline", "--root", str(repository), "shell"]) == 0
    told = capsys.readouterr().out
    assert "1 shell script" in told
    assert "NOT COMPLETE: did not run: dependencies, terraform" in told


def test_one_that_fails_makes_the_exit_code_1(
    repository: Path, write: Callable[[str, str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    write("scan.toml", "[fail-at]\n" + "".join(f'{name} = "info"\n' for name in SCANNERS))
    assert main(["--json", "--root", str(repository), "shell", "dockerfiles"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [one["could_not_look"] is None for one in told["scanners"]] == [False, False]


def test_an_unusable_scan_toml_is_exit_code_2(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(repository), "shell"]) == 2
    assert "scan.toml: not there" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["colours"], ["--offline", "dependencies"]])
def test_wrong_names_are_exit_code_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
