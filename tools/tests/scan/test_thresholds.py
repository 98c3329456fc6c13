"""Every finding is to mend, let pass or below the threshold; an ignore that is expired or that nothing needs is a failure itself."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from jobtools.scan.finding import Finding, Severity
from jobtools.scan.thresholds import Ignore, judge

TODAY = date(2026, 7, 1)
THRESHOLDS = {"shell": Severity.INFO, "image": Severity.HIGH}


def found(severity: Severity = Severity.HIGH, **other: Any) -> Finding:
    values = {"scanner": "image", "id": "CVE-1", "path": "main-job@sha256:1", "line": 0, "message": "", "advice": ""}
    return Finding(**(values | {"severity": severity} | other))


def ignore(**other: Any) -> Ignore:
    values = {"id": "CVE-1", "scanner": "image", "where": "*", "reason": "not reachable", "expires": TODAY}
    return Ignore(**(values | other))


def test_a_finding_at_the_threshold_fails_and_one_below_does_not() -> None:
    at, below = found(Severity.HIGH), found(Severity.MEDIUM)
    verdict = judge([at, below], THRESHOLDS, [], TODAY)
    assert (verdict.fatal, verdict.below, verdict.passed) == ((at,), (below,), False)
    assert judge([below], THRESHOLDS, [], TODAY).passed


def test_a_finding_that_nobody_has_rated_fails_whatever_the_threshold() -> None:
    assert judge([found(Severity.UNRATED)], {"image": Severity.CRITICAL}, [], TODAY).fatal


def test_an_ignore_counts_on_its_last_day() -> None:
    verdict = judge([found()], THRESHOLDS, [ignore(expires=TODAY)], TODAY, looked=["image"])
    assert verdict.passed
    assert verdict.ignored == ((found(), ignore(expires=TODAY)),)


def test_an_expired_ignore_covers_nothing_and_is_told() -> None:
    old = ignore(expires=date(2026, 6, 30))
    verdict = judge([found()], THRESHOLDS, [old], TODAY, looked=["image"])
    assert (verdict.fatal, verdict.expired, verdict.unused) == ((found(),), (old,), ())


def test_an_expired_ignore_fails_even_when_nothing_is_found() -> None:
    assert not judge([], THRESHOLDS, [ignore(expires=date(2026, 6, 30))], TODAY).passed


def test_an_ignore_that_nothing_needs_fails_once_its_scanner_has_looked() -> None:
    verdict = judge([], THRESHOLDS, [ignore()], TODAY, looked=["image"])
    assert (verdict.unused, verdict.passed) == ((ignore(),), False)


def test_of_a_scanner_that_has_not_looked_no_ignore_is_unused() -> None:
    assert judge([], THRESHOLDS, [ignore()], TODAY, looked=["shell"]).passed


def test_an_ignore_is_used_by_a_finding_below_the_threshold_too() -> None:
    assert judge([found(Severity.LOW)], THRESHOLDS, [ignore()], TODAY, looked=["image"]).passed


@pytest.mark.parametrize(
    ("other", "covers"),
    [
        ({}, True),
        ({"id": "GHSA-1"}, True),
        ({"id": "CVE-2"}, False),
        ({"scanner": "shell"}, False),
        ({"where": "main-job@*"}, True),
        ({"where": "openssl"}, True),
        ({"where": "background-job@*"}, False),
        ({"where": "MAIN-JOB@*"}, False),
    ],
)
def test_an_ignore_covers_its_scanner_its_id_or_an_alias_and_its_place(other: dict[str, Any], covers: bool) -> None:
    assert ignore(**other).covers(found(aliases=("GHSA-1",), subject="openssl")) is covers


def test_a_finding_of_a_scanner_without_a_threshold_is_an_error() -> None:
    with pytest.raises(KeyError):
        judge([found(scanner="dependencies")], THRESHOLDS, [], TODAY)
