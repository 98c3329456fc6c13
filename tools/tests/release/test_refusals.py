"""A release that must not be is refused with its reason, and changes nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtools.affected.git import Git
from jobtools.release.__main__ import main
from jobtools.release.side_tree import only_one

if TYPE_CHECKING:
    from .conftest import Repository

REFUSED, NOT_HERE = 1, 2
RELEASE = ("background-job", "minor")


def refused(repository: Repository, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = REFUSED) -> str:
    """What the tool says; nothing may have changed."""
    before = repository.everything()
    assert repository.release(*(arguments or RELEASE)) == code
    assert repository.everything() == before
    return capsys.readouterr().err


def test_a_dirty_tree_is_refused_by_file(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.write("new file")
    assert "uncommitted changes: new file." in refused(repository, capsys)
    (repository.root / "new file").unlink()
    repository.write("uv.lock", "")
    assert "uncommitted changes: uv.lock." in refused(repository, capsys)


def test_another_branch_and_no_branch_are_refused(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.git("switch", "--quiet", "--create", "topic")
    assert "Releases are made on main, and this is topic" in refused(repository, capsys)
    repository.git("switch", "--quiet", "--detach")
    assert "detached HEAD" in refused(repository, capsys)


def test_nothing_changed_since_the_last_release_is_refused_unless_forced(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert repository.release(*RELEASE) == 0
    repository.commit("Elsewhere", "services/main-job/x.py", "docs/page.md")
    assert "changed since background-job/v0.2.0" in refused(repository, capsys)
    assert repository.release(*RELEASE, "--force") == 0
    assert "The same as before, released again." in repository.changelog("background-job")


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9"])
def test_a_version_that_is_not_greater_is_refused(
    repository: Repository, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    assert f"is at 0.1.0: {version} is not greater" in refused(repository, capsys, "background-job", version)


def test_a_version_below_the_last_tag_is_refused_whatever_the_file_says(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.git("tag", "background-job/v2.0.0")
    assert "is at 2.0.0: 0.2.0 is not greater" in refused(repository, capsys)


def test_an_existing_tag_is_refused(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.git("switch", "--quiet", "--create", "other")
    repository.commit("Elsewhere", "services/background-job/z.py")
    repository.git("tag", "background-job/v0.2.0")
    repository.git("switch", "--quiet", "main")
    assert "The tag background-job/v0.2.0 exists" in refused(repository, capsys)
    repository.git("tag", "main-job/v0.1.1", "other")
    assert "The tag main-job/v0.1.1 exists" in refused(repository, capsys, "common", "minor")


def test_a_changelog_that_has_the_version_is_refused(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.write("services/background-job/CHANGELOG.md", "# Changelog\n\n## 0.2.0\n\nBy hand.\n")
    repository.commit("Too early")
    assert "services/background-job/CHANGELOG.md: the changelog already has a section 0.2.0" in refused(
        repository, capsys
    )


def test_a_lock_that_does_not_fit_is_refused(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    pyproject = "services/main-job/pyproject.toml"
    text = (repository.root / pyproject).read_text()
    repository.write(pyproject, text.replace("['mdm-common']", "['mdm-common', 'mdm-background-job']"))
    repository.commit("Forget uv lock")
    assert "Is uv.lock up to date?" in refused(repository, capsys)


def test_a_shallow_clone_is_refused(repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.root}", str(tmp_path / "shallow"))
    assert main([*RELEASE], tmp_path / "shallow") == REFUSED
    assert "git fetch --unshallow --tags" in capsys.readouterr().err


def test_two_releases_at_once_are_refused(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    with only_one(Git.of(repository.root)):
        assert "Another release is running" in refused(repository, capsys)


def test_an_unknown_package_or_step_is_refused_with_those_that_are(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "background-job, common, main-job, tools" in refused(repository, capsys, "nobody", "minor", code=NOT_HERE)
    assert "patch, minor, major" in refused(repository, capsys, "common", "1.2", code=NOT_HERE)


def test_a_folder_that_is_no_repository_and_one_without_a_commit_are_refused(
    repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*RELEASE], tmp_path) == NOT_HERE
    assert "not a git repository" in capsys.readouterr().err
    empty = tmp_path / "empty"
    subprocess.run(["git", "init", "--quiet", str(empty)], check=True)
    (empty / "pyproject.toml").write_bytes((repository.root / "pyproject.toml").read_bytes())
    assert main([*RELEASE], empty) == NOT_HERE
    assert "no commit yet" in capsys.readouterr().err


def test_without_uv_nothing_begins(
    repository: Repository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV", "/nowhere/uv")
    assert "uv is not installed" in refused(repository, capsys, code=NOT_HERE)


def test_a_hook_that_refuses_the_commit_is_heard(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    hook = repository.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(0o755)
    assert "not today" in refused(repository, capsys)


def test_a_branch_that_moves_meanwhile_is_not_overrun(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = repository.root / ".git/hooks/post-commit"
    hook.parent.mkdir(exist_ok=True)
    # Runs after the release's commit, in its own work tree: the branch gets another commit before the release arrives.
    hook.write_text(
        "#!/bin/sh\nunset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE\n"
        f'git -C "{repository.root}" -c core.hooksPath=/dev/null commit --quiet --allow-empty -m Meanwhile\n'
    )
    hook.chmod(0o755)
    assert repository.release(*RELEASE) == REFUSED
    assert "fast-forward" in capsys.readouterr().err
    hook.unlink()
    assert (repository.tags(), repository.git("status", "--porcelain")) == ([], "")
    assert repository.release(*RELEASE) == 0
    assert repository.git("log", "-2", "--format=%s").splitlines() == ["Release background-job 0.2.0", "Meanwhile"]
