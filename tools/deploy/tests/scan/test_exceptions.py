"""Exceptions: their form, their last day, and findings that they let pass."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from jobdeploy.scan.exceptions import ExceptionsError, Finding, Severity, read_exceptions

FINDING = Finding("shell", "SC1", "noxw", 3, "wrong", aliases=("CVE-1",))
IGNORE = """
[[ignore]]
id = "SC1"
scanner = "shell"
where = "nox*"
reason = "words"
expires = 2026-07-01
"""


def written(folder: Path, text: str, level: str = "high") -> Path:
    (folder / "scan.toml").write_text(f'image-fails-at = "{level}"\n{text}')
    return folder


def test_an_exception_counts_to_the_end_of_its_last_day_and_fails_afterwards(tmp_path: Path) -> None:
    exceptions = read_exceptions(written(tmp_path, IGNORE))
    judged = exceptions.judge("shell", [FINDING], date(2026, 7, 1))
    assert ([one for one, _ in judged.ignored], judged.fatal, judged.expired, judged.unused) == ([FINDING], [], [], [])
    judged = exceptions.judge("shell", [FINDING], date(2026, 7, 2))
    assert (judged.fatal, [one.id for one in judged.expired]) == ([FINDING], ["SC1"])


def test_an_exception_that_nothing_needs_is_unused_for_its_own_scanner_alone(tmp_path: Path) -> None:
    exceptions = read_exceptions(written(tmp_path, IGNORE))
    assert [one.id for one in exceptions.judge("shell", [], date(2026, 7, 1)).unused] == ["SC1"]
    assert exceptions.judge("secrets", [], date(2026, 7, 1)).unused == []


@pytest.mark.parametrize(
    ("change", "passes"),
    [
        (('id = "SC1"', 'id = "CVE-1"'), True),
        (('id = "SC1"', 'id = "SC2"'), False),
        (('where = "nox*"', 'where = "other"'), False),
        (('scanner = "shell"', 'scanner = "secrets"'), False),
    ],
)
def test_an_exception_names_scanner_rule_and_place(tmp_path: Path, change: tuple[str, str], passes: bool) -> None:
    judged = read_exceptions(written(tmp_path, IGNORE.replace(*change))).judge("shell", [FINDING], date(2026, 7, 1))
    assert (not judged.fatal) is passes


def test_an_image_fails_from_its_level_on_and_where_nobody_has_rated(tmp_path: Path) -> None:
    levels = [Severity.MEDIUM, Severity.HIGH, Severity.UNRATED]
    found = [Finding("image", level.word, "jobs/x@sha256:1", 0, "", severity=level) for level in levels]
    judged = read_exceptions(written(tmp_path, "")).judge("image", found, date(2026, 7, 1))
    assert [one.id for one in judged.fatal] == ["high", "unrated"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[ignore]]\nid = 'x'", "ignore 1: reason is missing"),
        (IGNORE.replace("2026-07-01", "'2026-07-01'"), "expires must be a date"),
        (IGNORE.replace('"words"', '" "'), "reason is missing"),
        (IGNORE.replace('"shell"', '"sehll"'), "no scanner sehll; there are dependencies"),
        (IGNORE + "until = 3", "until is not known"),
        ("[fail-at]", "unknown: fail-at"),
        ("ignore = [", "scan.toml: "),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_faults(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ExceptionsError, match=said):
        read_exceptions(written(tmp_path, text))


def test_a_licence_passes_where_it_is_allowed_and_another_with_an_exception_alone(tmp_path: Path) -> None:
    found = [Finding("licences", licence, "uv.lock", 0, "x", subject="one") for licence in ("MIT", "GPL-3.0")]
    allowed = 'licences = ["MIT"]\n'
    judged = read_exceptions(written(tmp_path, allowed)).judge("licences", found, date(2026, 7, 1))
    assert judged.fatal == found[1:]
    ignore = IGNORE.replace("SC1", "GPL-3.0").replace('"shell"', '"licences"').replace("nox*", "one")
    judged = read_exceptions(written(tmp_path, allowed + ignore)).judge("licences", found, date(2026, 7, 1))
    assert (judged.fatal, judged.unused) == ([], [])
