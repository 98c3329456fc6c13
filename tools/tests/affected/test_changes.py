"""Without a base everything is touched, with the reason; a name that nobody knows is an error."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtools.affected.ask import affected
from jobtools.affected.changes import find_changes
from jobtools.affected.git import Git, GitFailed, NotAskable

if TYPE_CHECKING:
    from .conftest import Repository


def test_a_push_of_a_new_branch_touches_everything(repository: Repository) -> None:
    said = affected(repository.root, "0" * 40)
    assert said["everything"]
    assert said["base"] is None
    assert "nothing before" in said["why"]


def test_a_forced_push_touches_everything(repository: Repository) -> None:
    assert "forced push" in affected(repository.root, "1" * 40)["why"]


def test_the_first_commit_touches_everything(repository: Repository) -> None:
    assert "first commit" in affected(repository.root, "HEAD~1")["why"]


def test_no_commit_yet_touches_everything(repository: Repository) -> None:
    shutil.rmtree(repository.root / ".git")
    repository.git("init", "--quiet")
    assert affected(repository.root)["why"] == "There is no commit yet."


def test_without_a_usual_base_everything_is_touched(repository: Repository) -> None:
    repository.git("branch", "--move", "trunk")
    assert "none of origin/main, origin/HEAD, main" in affected(repository.root)["why"]


def test_a_shallow_clone_touches_everything(repository: Repository, tmp_path: Path) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit("tools/x.py")
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.root}", str(tmp_path / "shallow"))
    for base in (first, "HEAD~1", "origin/topic"):
        said = affected(tmp_path / "shallow", base)
        assert said["everything"]
        assert "shallow" in said["why"]


def test_histories_without_a_common_commit_touch_everything(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--orphan", "other")
    repository.git("commit", "--quiet", "--allow-empty", "--message=Other")
    changes = find_changes(Git.of(repository.root), "main")
    assert changes.files is None
    assert "nothing in common" in changes.why


@pytest.mark.parametrize("name", ["no-such-branch", "--output=x", "HEAD:uv.lock"])
def test_an_unknown_name_is_an_error_that_says_so(repository: Repository, name: str) -> None:
    repository.commit()
    with pytest.raises(NotAskable, match="git knows no commit named"):
        find_changes(Git.of(repository.root), name)


def test_outside_a_repository_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotAskable, match="not a git repository"):
        Git.of(tmp_path)


def test_a_failed_command_says_what_git_said(repository: Repository) -> None:
    with pytest.raises(GitFailed, match=r"git switch nowhere: fatal: invalid reference"):
        Git.of(repository.root)("switch", "nowhere")


def test_a_hooks_environment_leads_nowhere_else(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert Git.of(repository.root).tree == repository.root
