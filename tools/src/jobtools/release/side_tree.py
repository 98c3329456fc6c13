"""Where is a release made? In a work tree of its own inside .git, so that a half-made one is never in anybody's way. Layer: tools, main thread.

Only one release runs in a repository at a time: the kernel lets go of the lock however we end.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobtools.affected.git import Git
from jobtools.release.guards import Refused

_TREE = "tree"


@contextmanager
def only_one(git: Git) -> Iterator[None]:
    """Holds the repository's lock; what a killed release left beside is gone then. Raises Refused while another release runs."""
    folder = _folder(git)
    folder.mkdir(exist_ok=True)
    with (folder / "running").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("Another release is running in this repository.") from error
        _remove(git, folder / _TREE)
        yield


@contextmanager
def side_tree(git: Git) -> Iterator[Git]:
    """HEAD in a tree of its own, gone afterwards. Only within `only_one`."""
    tree = _folder(git) / _TREE
    git("worktree", "add", "--quiet", "--detach", str(tree), "HEAD")
    try:
        yield Git(tree)
    finally:
        _remove(git, tree)


def _remove(git: Git, tree: Path) -> None:
    shutil.rmtree(tree, ignore_errors=True)
    git.line("worktree", "unlock", str(tree))  # git locks a work tree while it makes it
    git("worktree", "prune")


def _folder(git: Git) -> Path:
    return (git.tree / git("rev-parse", "--git-common-dir").rstrip("\n")).resolve() / "release"
