"""The audit of the lock with the real `uv audit`, against a database on this machine: what could not be looked up has not passed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobtools.scan.dependencies import audit
from jobtools.scan.scanner import CouldNotLook

PROJECT = """\
[project]
name = "app"
version = "0"
requires-python = ">=3.11"
dependencies = ["idna"]
[dependency-groups]
odd = ["requests"]
[tool.uv]
package = false
"""
LOCK = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "app"
version = "0"
source = { virtual = "." }
dependencies = [{ name = "idna" }]

[package.dev-dependencies]
odd = [{ name = "requests" }]

[package.metadata]
requires-dist = [{ name = "idna" }]

[package.metadata.requires-dev]
odd = [{ name = "requests" }]

[[package]]
name = "idna"
version = "3.11"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "requests"
version = "%s"
source = { registry = "https://pypi.org/simple" }
"""


@pytest.fixture
def lock(write: Callable[[str, str], Path]) -> Callable[[str], None]:
    def writes(version: str) -> None:
        write("pyproject.toml", PROJECT)
        write("uv.lock", LOCK % version)

    return writes


def test_a_vulnerable_pin_of_any_group_is_found_with_its_line_and_its_fix(
    repository: Path, lock: Callable[[str], None], database: Any
) -> None:
    lock("2.19.0")
    look = audit(repository, database.url)
    assert look.looked_at == "2 packages of uv.lock"
    [finding] = look.findings
    assert (finding.place, finding.id, finding.subject) == ("uv.lock:25", "GHSA-x84v-xcm2-53pg", "requests")
    assert "CVE-of-requests" in finding.aliases
    assert "uv lock --upgrade-package requests; fixed in 99.1" in finding.advice


def test_a_lock_without_known_vulnerabilities_passes_and_every_package_was_asked_for(
    repository: Path, lock: Callable[[str], None], database: Any
) -> None:
    lock("2.32.5")
    assert not audit(repository, database.url).findings
    assert {("idna", "3.11"), ("requests", "2.32.5")} <= set(database.asked)


def test_a_database_that_cannot_be_reached_is_a_failure(
    repository: Path, lock: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    lock("2.32.5")
    with pytest.raises(
        CouldNotLook, match=r"(?s)the advisories of http://127.0.0.1:1/ could not be asked.*That is no pass"
    ) as told:
        audit(repository, "http://127.0.0.1:1/")
    assert "--offline" in str(told.value)


def test_a_database_that_is_broken_is_a_failure(repository: Path, lock: Callable[[str], None], database: Any) -> None:
    lock("2.32.5")
    database.status = 503
    with pytest.raises(CouldNotLook, match="could not be asked"):
        audit(repository, database.url)


def test_a_database_that_knows_nothing_is_a_failure(
    repository: Path, lock: Callable[[str], None], database: Any
) -> None:
    lock("2.32.5")
    database.known.clear()
    with pytest.raises(CouldNotLook, match=r"knows nothing about jinja2 2\.10, vulnerable since 2019"):
        audit(repository, database.url)


def test_a_package_that_no_database_is_asked_for_is_a_failure(
    repository: Path, write: Callable[[str, str], Path], lock: Callable[[str], None], database: Any
) -> None:
    lock("2.32.5")
    unreachable = '\n[[package]]\nname = "lonely"\nversion = "1"\nsource = { registry = "https://pypi.org/simple" }\n'
    write("uv.lock", (repository / "uv.lock").read_text() + unreachable)
    with pytest.raises(CouldNotLook, match=r"uv.lock has 3 packages, but 2 were asked about"):
        audit(repository, database.url)
