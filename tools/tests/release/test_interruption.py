"""A release that is killed anywhere leaves the tree as it was, or is finished by the same command."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtools.release.arrival import PENDING

if TYPE_CHECKING:
    from .conftest import Repository

COMMAND = ("common", "minor")
TAGS = ["background-job/v0.1.1", "common/v0.2.0", "main-job/v0.1.1"]
NOTHING_CHANGED = 1
HOOK = """#!/bin/sh
# Counts how often git changes refs; at the wanted time, kills the tool, and stops the git command that called us.
cd "{root}" || exit
[ "$1" = "{state}" ] || exit 0
count=$(($(cat count) + 1))
echo $count > count
[ $count -eq {at} ] || exit 0
while [ ! -s pid ]; do :; done
kill -9 "$(cat pid)"
kill -TERM $PPID
exit 1
"""


def kill_at(repository: Repository, state: str, at: int) -> int:
    """The exit code of a release that is killed when git changes refs for the n-th time."""
    outside = repository.root.parent
    hook = repository.root / ".git/hooks/reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(root=outside, state=state, at=at))
    hook.chmod(0o755)
    (outside / "count").write_text("0")
    (outside / "pid").unlink(missing_ok=True)
    ended, theirs = os.pipe()
    tool = subprocess.Popen(
        [sys.executable, "-m", "jobtools.release", *COMMAND],
        cwd=repository.root,
        stdin=theirs,  # the tool's commands have it too: it is closed once all of them are gone
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    (outside / "pid").write_text(str(tool.pid))
    assert os.read(ended, 1) == b""
    os.close(ended)
    hook.unlink()
    return tool.wait()


def check_whole(repository: Repository) -> None:
    """One release, all of it, and nothing else."""
    assert repository.git("rev-list", "--count", "HEAD") == "4"
    assert repository.git("log", "-1", "--format=%s") == "Release common 0.2.0"
    assert repository.tags() == TAGS
    assert {repository.git("rev-parse", f"{tag}^{{commit}}") for tag in TAGS} == {repository.git("rev-parse", "HEAD")}
    refs, trees, status, *_ = repository.everything()
    assert "refs/release" not in refs
    assert len(trees.splitlines()) == 1
    assert status == ""


def killings(repository: Repository, state: str) -> Iterator[int]:
    """Kills the release at each change of a ref, in a copy of the repository each time, until it is through; yields which."""
    whole = repository.root.parent / "whole"
    repository.root.rename(whole)
    at = 0
    while True:
        at += 1
        shutil.rmtree(repository.root, ignore_errors=True)
        shutil.copytree(whole, repository.root)
        if kill_at(repository, state, at) == 0:
            return
        yield at


@pytest.mark.parametrize("state", ["prepared", "committed"])
def test_killed_at_any_change_of_a_ref_the_same_command_ends_in_one_whole_release(
    repository: Repository, state: str
) -> None:
    killed = []
    for at in killings(repository, state):
        killed.append(at)
        through = repository.tags() == TAGS and "refs/release" not in repository.git("for-each-ref")
        assert repository.release(*COMMAND) == (NOTHING_CHANGED if through else 0), at
        check_whole(repository)
    assert len(killed) >= 6  # side tree, its commit, the memory of it, the branch, each tag
    check_whole(repository)


def half_arrived(repository: Repository) -> str:
    """The state of a merge that was killed after some of its files; the release's commit."""
    assert repository.release(*COMMAND) == 0
    commit = repository.git("rev-parse", "HEAD")
    repository.git("tag", "--delete", *TAGS)
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    repository.git("update-ref", PENDING, commit)
    repository.git("restore", f"--source={commit}", "--worktree", "uv.lock", "libs/common/CHANGELOG.md")
    repository.git("restore", f"--source={commit}", "--staged", "libs/common/pyproject.toml")
    (repository.root / "services/main-job/CHANGELOG.md").unlink()
    return commit


def test_files_that_arrived_half_are_put_back_and_the_release_begins_anew(repository: Repository) -> None:
    half_arrived(repository)
    assert repository.release(*COMMAND) == 0
    check_whole(repository)


def test_files_of_somebodys_own_are_never_put_back(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    half_arrived(repository)
    repository.write("libs/common/pyproject.toml", "somebody's own\n")
    assert repository.release(*COMMAND) == 1
    assert "uncommitted changes" in capsys.readouterr().err
    assert (repository.root / "libs/common/pyproject.toml").read_text() == "somebody's own\n"


def test_a_release_that_misses_tags_is_finished_even_after_further_commits(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert repository.release(*COMMAND) == 0
    commit = repository.git("rev-parse", "HEAD")
    repository.git("tag", "--delete", *TAGS[1:])
    repository.git("update-ref", PENDING, commit)
    repository.commit("Later", "libs/common/x.py")
    assert repository.release(*COMMAND) == 0
    assert "An interrupted release is finished now: common/v0.2.0" in capsys.readouterr().out
    assert {repository.git("rev-parse", f"{tag}^{{commit}}") for tag in TAGS} == {commit}
    assert repository.version("common") == "0.2.0"


def test_ctrl_c_ends_with_130_and_changes_nothing(repository: Repository) -> None:
    before = repository.everything()
    hook = repository.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\ncd "{repository.root.parent}"\necho > here\nread go < go\n')
    hook.chmod(0o755)
    os.mkfifo(repository.root.parent / "go")
    tool = subprocess.Popen(
        [sys.executable, "-m", "jobtools.release", *COMMAND],
        cwd=repository.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with (repository.root.parent / "go").open("w") as go:  # opens once the hook reads: the release is in its commit
        tool.send_signal(signal.SIGINT)
        go.write("on\n")
    assert tool.wait() == 130
    assert tool.stderr is not None
    assert "Run the same command again" in tool.stderr.read()
    tool.stderr.close()
    assert repository.everything() == before
    assert Path(repository.root.parent / "here").exists()
    hook.unlink()
    assert repository.release(*COMMAND) == 0
    check_whole(repository)
