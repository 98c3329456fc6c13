"""A release in a real repository: files, commit, tags."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

import pytest

from jobtools.affected.git import Git
from jobtools.affected.workspace import read_workspace
from jobtools.release.plan import Wish, make_plan

if TYPE_CHECKING:
    from .conftest import Repository

TODAY = datetime.datetime.now(datetime.UTC).date()


def test_a_release_is_one_commit_with_version_changelog_and_lock_and_an_annotated_tag(repository: Repository) -> None:
    before = repository.git("rev-parse", "HEAD")
    assert repository.release("background-job", "minor") == 0
    assert repository.git("rev-parse", "HEAD~1") == before
    assert repository.git("log", "-1", "--format=%s") == "Release background-job 0.2.0"
    assert repository.git("show", "--format=", "--name-only").split() == [
        "services/background-job/CHANGELOG.md",
        "services/background-job/pyproject.toml",
        "uv.lock",
    ]
    assert repository.git("show", "--format=", "--shortstat", "--", "uv.lock", "*.toml") == (
        "2 files changed, 2 insertions(+), 2 deletions(-)"
    )
    assert repository.version("background-job") == "0.2.0"
    assert '"0.2.0" # the only place' in (repository.root / "services/background-job/pyproject.toml").read_text()
    assert repository.lock_is_uvs_own()
    assert repository.tags() == ["background-job/v0.2.0"]
    assert repository.git("cat-file", "-t", "background-job/v0.2.0") == "tag"
    assert repository.git("rev-parse", "background-job/v0.2.0^{commit}") == repository.git("rev-parse", "HEAD")
    assert repository.git("status", "--porcelain") == ""


def test_the_changelog_tells_what_changed_and_keeps_what_was_there(repository: Repository) -> None:
    repository.commit("Say why", "services/background-job/README.md")
    repository.commit("feat!: Only new triggers", "services/background-job/src/background_job/y.py")
    assert repository.release("background-job", "major") == 0
    said = f"""## 1.0.0 ({TODAY})

### Breaking changes

- feat!: Only new triggers

### Changes

- Begin
- Jobs can be `_named_`

### Tests and pages

- Say why

### Carries

- [common](../../libs/common/CHANGELOG.md) 0.1.0
"""
    page = re.sub(r"\(\d{4}-\d\d-\d\d\)", f"({TODAY})", repository.changelog("background-job"))  # midnight may pass
    assert page == f"# Changelog\n\nWords.\n\n{said}\n## 0.1.0\n\nFirst version.\n"
    tagged = repository.git("tag", "--list", "--format=%(contents)", "background-job/v1.0.0")
    assert tagged.startswith("background-job 1.0.0\n\n### Breaking changes\n\n- feat!: Only new triggers")


def test_the_next_release_tells_only_what_came_since(repository: Repository) -> None:
    assert repository.release("common", "minor", "--alone") == 0
    repository.commit("A lease is short", "libs/common/src/jobqueue/x.py")
    assert repository.release("common", "patch", "--alone") == 0
    newest = repository.changelog("common").split("\n## ")[1]
    assert newest.split("\n", 1)[1] == "\n### Changes\n\n- A lease is short\n"
    assert repository.tags() == ["common/v0.2.0", "common/v0.2.1"]


def test_a_library_is_released_with_the_services_that_carry_it(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert repository.release("common", "minor") == 0
    assert [repository.version(short) for short in ("common", "main-job", "background-job", "tools")] == [
        "0.2.0",
        "0.1.1",
        "0.1.1",
        "0.1.0",
    ]
    assert repository.git("rev-list", "--count", "HEAD") == "4"
    assert repository.tags() == ["background-job/v0.1.1", "common/v0.2.0", "main-job/v0.1.1"]
    assert "- [common](../../libs/common/CHANGELOG.md) 0.2.0\n" in repository.changelog("main-job")
    assert repository.git("log", "-1", "--format=%B").splitlines()[:3] == [
        "Release common 0.2.0",
        "",
        "With it: background-job 0.1.1, main-job 0.1.1.",
    ]
    assert repository.lock_is_uvs_own()
    push = "git push --atomic origin main common/v0.2.0 background-job/v0.1.1 main-job/v0.1.1"
    assert push in capsys.readouterr().out


def test_alone_a_library_leaves_the_services_to_be_released_later(repository: Repository) -> None:
    assert repository.release("main-job", "patch") == 0
    assert repository.release("common", "minor", "--alone") == 0
    repository.commit("A lease is short", "libs/common/src/jobqueue/x.py")
    repository.commit("A lease is tested", "libs/common/tests/test_x.py")
    assert repository.version("main-job") == "0.1.1"
    assert repository.release("main-job", "patch") == 0
    newest = repository.changelog("main-job").split("\n## ")[1].split("\n", 1)[1]
    assert newest == "\n### Carries\n\n- [common](../../libs/common/CHANGELOG.md) 0.2.0 and 2 later commits\n"


def test_a_changed_locked_dependency_is_told(repository: Repository) -> None:
    begun = (repository.root / "uv.lock").read_text()
    ours = '{ name = "mdm-common" },\n'  # in whichever member's entry comes first: background-job's

    def pin(version: str) -> None:
        source = 'source = { registry = "https://pypi.org/simple" }'
        lock = begun.replace(ours, f'{{ name = "aiofiles" }},\n    {ours}', 1)
        repository.write("uv.lock", f'{lock}\n[[package]]\nname = "aiofiles"\nversion = "{version}"\n{source}\n')

    pin("1.0")
    repository.commit("Need aiofiles")
    repository.git("tag", "background-job/v0.1.0")
    pin("1.1")
    repository.commit("Bump aiofiles")
    (planned,) = make_plan(Git.of(repository.root), read_workspace(repository.root), Wish("background-job", "patch"))
    assert planned.said == "### Dependencies\n\n- aiofiles 1.0 -> 1.1"


def test_a_package_without_a_changelog_gets_one(repository: Repository) -> None:
    assert repository.release("tools", "1.0.0") == 0
    page = repository.changelog("tools")
    assert page.startswith("# Changelog\n\nThis package has its own version; see `pyproject.toml`.\n\n## 1.0.0 (")
    assert "\n### Changes\n\n- Begin\n" in page


def test_a_dry_run_shows_everything_and_changes_nothing(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    before = repository.everything()
    assert repository.release("common", "minor", "--dry-run") == 0
    said = capsys.readouterr().out
    for shown in (
        "common 0.1.0 -> 0.2.0",
        '+version = "0.2.0"',
        "+- A lease is renewed \\*once\\*",
        "Release common 0.2.0",
        "With it: background-job 0.1.1, main-job 0.1.1.",
        "The tags: common/v0.2.0, background-job/v0.1.1, main-job/v0.1.1.",
        "nothing was changed",
    ):
        assert shown in said
    assert repository.everything() == before


def test_another_branch_can_be_named(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--create", "hotfix")
    assert repository.release("background-job", "patch", "--branch", "hotfix") == 0
    assert repository.git("log", "-1", "--format=%D") == "HEAD -> hotfix, tag: background-job/v0.1.1"


def test_it_is_released_from_a_linked_work_tree_too(repository: Repository) -> None:
    repository.git("worktree", "add", "--quiet", "-b", "topic", str(repository.root.parent / "linked"))
    linked = type(repository)(repository.root.parent / "linked")
    assert linked.release("background-job", "patch", "--branch", "topic") == 0
    assert linked.version("background-job") == "0.1.1"
    assert repository.version("background-job") == "0.1.0"
