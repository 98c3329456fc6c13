"""scan.toml is taken whole or refused with all its faults; the repository's own is taken."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from jobtools.scan.finding import Severity
from jobtools.scan.policy import PolicyInvalid, parse_policy, read_policy
from jobtools.scan.thresholds import SCANNERS

FAIL_AT = dict.fromkeys(SCANNERS, "info")
ENTRY = {"id": "SC2086", "scanner": "shell", "where": "noxw", "reason": "words", "expires": date(2027, 1, 1)}


def faults(**written: Any) -> str:
    with pytest.raises(PolicyInvalid) as told:
        parse_policy({"fail-at": FAIL_AT} | written)
    return str(told.value)


def test_the_repositorys_own_file_is_taken() -> None:
    policy = read_policy(Path(__file__).parents[3])
    assert set(policy.thresholds) == set(SCANNERS)
    assert policy.thresholds["image"] is Severity.HIGH


def test_an_entry_becomes_an_ignore_of_its_scanner() -> None:
    policy = parse_policy({"fail-at": FAIL_AT, "ignore": [ENTRY]})
    assert [str(ignore) for ignore in policy.ignores_of("shell")] == ["shell SC2086 in noxw"]
    assert not policy.ignores_of("image")


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_an_ignore_without_a_reason_is_refused(reason: str | None) -> None:
    entry = ENTRY | {"reason": reason} if reason is not None else {k: v for k, v in ENTRY.items() if k != "reason"}
    assert faults(ignore=[entry]) == "scan.toml, ignore 1 (SC2086): has no reason"


@pytest.mark.parametrize("expires", ["2027-01-01", 2027, None])
def test_an_ignore_without_a_real_date_is_refused(expires: object) -> None:
    assert "has no expires = YYYY-MM-DD" in faults(ignore=[ENTRY | {"expires": expires}])


def test_all_faults_are_told_at_once() -> None:
    wrong = [ENTRY | {"scanner": "shells", "until": 1}, {}]
    told = faults(ignore=wrong, colour="red", **{"fail-at": {**FAIL_AT, "shell": "huge"}})
    assert told.splitlines() == [
        "scan.toml: no such table: colour",
        "scan.toml, fail-at: shell = 'huge' is none of info, low, medium, high, critical",
        "scan.toml, ignore 1 (SC2086): no such key: until",
        "scan.toml, ignore 1 (SC2086): no such scanner: shells",
        *(f"scan.toml, ignore 2 (no id): has no {key}" for key in ("id", "scanner", "where", "reason")),
        "scan.toml, ignore 2 (no id): has no expires = YYYY-MM-DD (a date without quotes)",
    ]


def test_a_scanner_without_a_threshold_is_refused() -> None:
    assert "fail-at: image has no threshold" in faults(
        **{"fail-at": {k: v for k, v in FAIL_AT.items() if k != "image"}}
    )


def test_a_repository_without_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyInvalid, match=r"scan\.toml: not there"):
        read_policy(tmp_path)
