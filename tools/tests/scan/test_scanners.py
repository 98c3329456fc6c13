"""The real scanners on tiny repositories: each finds a fault, heeds no undated comment, and does not take an empty place for a clean one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from jobtools.scan import dockerfiles, secrets, shell, terraform, workflow_security, workflows
from jobtools.scan.finding import Severity
from jobtools.scan.run import ALL
from jobtools.scan.scanner import CouldNotLook, Look

Write = Callable[[str, str], Path]

WORKFLOW = """\
name: x
on: [push]
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4 # zizmor: ignore[unpinned-uses]
      - run: echo ${{ nonsense.x }}
"""
KEY = "AKIA" + "QYLPMN5HHHFPZAM2"
"""In the form of one; in two pieces, so that it is none here."""


FIRST_BUILD_SECONDS = 600
"""The first run on a machine builds the program from source: a minute on two busy cores."""


def needs(program: str) -> pytest.MarkDecorator:
    here = shutil.which("go") or shutil.which(program)
    return pytest.mark.skipif(not here, reason=f"neither go nor {program} is on PATH")


def places(look: Look) -> set[tuple[str, str]]:
    return {(finding.place, finding.id) for finding in look.findings}


def test_hadolint_finds_what_a_comment_ignores(repository: Path, write: Write) -> None:
    write("docker/x.Dockerfile", "# hadolint ignore=DL3006\nFROM debian\n")
    look = dockerfiles.check(repository)
    assert look.looked_at == "1 Dockerfile"
    assert places(look) == {("docker/x.Dockerfile:2", "DL3006")}
    assert look.findings[0].severity is Severity.MEDIUM


def test_shellcheck_finds_what_a_comment_disables_in_files_known_by_ending_or_first_line(
    repository: Path, write: Write
) -> None:
    write("a.sh", "#!/bin/sh\n# shellcheck disable=SC2086\necho $1\n")
    write("b", "#!/usr/bin/env bash\necho $1\n")
    write("c.py", "#!/usr/bin/env python3\n")
    look = shell.check(repository)
    assert look.looked_at == "2 shell scripts"
    assert places(look) == {("a.sh:3", "SC2086"), ("b:2", "SC2086")}


def test_checkov_finds_what_a_comment_skips(repository: Path, write: Write) -> None:
    bucket = 'resource "aws_s3_bucket" "x" {\n  #checkov:skip=CKV_AWS_18:because\n  bucket = "x"\n}\n'
    write("infra/terraform/modules/m/main.tf", bucket)
    look = terraform.check(repository)
    assert look.looked_at == "1 resource in 1 file"
    assert ("infra/terraform/modules/m/main.tf:1", "CKV_AWS_18") in places(look)
    assert {finding.subject for finding in look.findings} == {"aws_s3_bucket.x"}


def test_zizmor_finds_what_a_comment_ignores(repository: Path, write: Write) -> None:
    write(".github/workflows/ci.yml", WORKFLOW)
    look = workflow_security.check(repository)
    assert look.looked_at == "1 workflow and 0 other files of .github"
    assert (".github/workflows/ci.yml:7", "unpinned-uses") in places(look)


@needs("actionlint")
@pytest.mark.timeout(FIRST_BUILD_SECONDS)
def test_actionlint_finds_an_unknown_context(repository: Path, write: Write) -> None:
    write(".github/workflows/ci.yml", WORKFLOW)
    assert places(workflows.check(repository)) == {(".github/workflows/ci.yml:8", "expression")}


@needs("gitleaks")
@pytest.mark.timeout(FIRST_BUILD_SECONDS)
def test_gitleaks_finds_keys_in_new_files_and_in_commits_that_were_undone(
    repository: Path, write: Write, commit: Callable[[], None]
) -> None:
    write("old.py", f'key = "{KEY}"  # gitleaks:allow\n')
    commit()
    write("old.py", "key = None\n")
    commit()
    write("new.py", f'key = "{KEY}"\n')
    look = secrets.check(repository)
    assert look.looked_at == "2 commits and 1 changed or new file"
    assert places(look) == {("old.py:1", "aws-access-token"), ("new.py:1", "aws-access-token")}
    assert not any(KEY in str(finding) for finding in look.findings)


def test_what_git_ignores_is_not_looked_at(repository: Path, write: Write) -> None:
    write(".gitignore", "build/\n")
    write("build/Dockerfile", "FROM debian\n")
    with pytest.raises(CouldNotLook, match="there is no file named Dockerfile"):
        dockerfiles.check(repository)


@pytest.mark.timeout(FIRST_BUILD_SECONDS)
@pytest.mark.parametrize("scanner", [scanner for scanner in ALL if not scanner.needs_network], ids=lambda it: it.name)
def test_nothing_to_look_at_is_no_pass(repository: Path, scanner: object) -> None:
    if scanner is secrets.SCANNER and not (shutil.which("go") or shutil.which("gitleaks")):
        pytest.skip("neither go nor gitleaks is on PATH")
    with pytest.raises(CouldNotLook, match="there is no"):
        scanner.look(repository)  # type: ignore[attr-defined]


def test_a_folder_that_is_no_repository_is_no_pass(tmp_path: Path) -> None:
    with pytest.raises(CouldNotLook, match="git ls-files failed"):
        shell.check(tmp_path)
