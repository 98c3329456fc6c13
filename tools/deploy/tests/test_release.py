"""Releases, rehearsed in a clone of this repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from jobctl.checkout import REPOSITORY
from jobdeploy.release import UV, ReleaseError, packages, release

pytestmark = pytest.mark.slow


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    git(REPOSITORY, "clone", "--quiet", "--no-tags", str(REPOSITORY), str(tmp_path / "clone"))
    for key, value in (("user.name", "A Maintainer"), ("user.email", "maintainer@example.org")):
        git(tmp_path / "clone", "config", key, value)
    return tmp_path / "clone"


def git(folder: Path, *arguments: str) -> str:
    ended = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return ended.stdout.strip()


def test_a_service_is_one_commit_with_its_version_its_notes_and_a_tag_that_holds_them(clone: Path) -> None:
    (clone / "services/background-job/src/background_job/more.py").touch()
    git(clone, "add", ".")
    git(clone, "commit", "--message", "Reports are sent twice a day\n\nWith a body.")
    assert release(clone, "background-job", "9.4.0") == ["background-job/v9.4.0"]
    assert git(clone, "log", "-1", "--format=%s") == "Release background-job 9.4.0"
    assert git(clone, "status", "--porcelain") == ""
    changelog = (clone / "services/background-job/CHANGELOG.md").read_text()
    assert changelog.index("# Changelog") < changelog.index("## 9.4.0 (") < changelog.index("## 0.1.0")
    assert "- Reports are sent twice a day\n" in changelog
    assert "With a body" not in changelog
    assert "- Reports are sent twice a day\n" in git(
        clone, "tag", "--list", "--format=%(contents)", "background-job/v9.4.0"
    )
    subprocess.run([UV, "lock", "--check", "--quiet"], cwd=clone, check=True)


def test_the_next_notes_begin_behind_the_last_tag(clone: Path) -> None:
    release(clone, "main-job", "9.4.0")
    (clone / "services/main-job/README.md").write_text("new\n")
    git(clone, "commit", "--all", "--message", "Only this")
    release(clone, "main-job", "patch")
    section = (clone / "services/main-job/CHANGELOG.md").read_text().split("## ")[1]
    assert section.splitlines()[0].startswith("9.4.1 (")
    assert [line for line in section.splitlines() if line.startswith("-")] == ["- Only this"]


def test_a_release_of_the_library_is_a_patch_of_each_service(clone: Path) -> None:
    services = {name for name, package in packages(clone).items() if package.folder.parent.name == "services"}
    tags = release(clone, "common", "9.0.0")
    assert {tag.split("/")[0] for tag in tags} == {"common", *services}
    assert "- Carries common 9.0.0\n" in (clone / "services/main-job/CHANGELOG.md").read_text()
    with pytest.raises(ReleaseError, match="No commit touches libs/common since its last release"):
        release(clone, "common", "minor")


def test_what_cannot_be_released_is_refused_and_changes_nothing(clone: Path) -> None:
    git(clone, "tag", "deploy/v9.9.9")
    for package, step, said in (
        ("nothing", "minor", "No package 'nothing'. There are background-job, cli, common"),
        ("deploy", "sideways", "uv version"),
        ("deploy", "9.9.9", "deploy/v9.9.9 is released"),
    ):
        with pytest.raises(ReleaseError, match=said):
            release(clone, package, step)
    (clone / "README.md").write_text("changed\n")
    with pytest.raises(ReleaseError, match="not committed"):
        release(clone, "deploy", "minor")
    assert git(clone, "status", "--porcelain") == "M README.md"


def test_a_dry_run_and_a_commit_that_a_hook_refuses_leave_everything_as_it_was(clone: Path) -> None:
    before = git(clone, "rev-parse", "HEAD")
    release(clone, "deploy", "minor", dry_run=True)
    hook = clone / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(ReleaseError, match="no"):
        release(clone, "deploy", "minor")
    assert (git(clone, "rev-parse", "HEAD"), git(clone, "status", "--porcelain"), git(clone, "tag")) == (before, "", "")
