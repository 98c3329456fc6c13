"""What does a change touch, asked of a folder? The one call that other tools make. Layer: tools, main thread; changes nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jobtools.affected.answer import as_values
from jobtools.affected.changes import find_changes
from jobtools.affected.git import Git
from jobtools.affected.verdict import RootFiles, everything, judge
from jobtools.affected.workspace import NotAWorkspace, read_workspace


def affected(folder: Path, base: str | None = None) -> dict[str, Any]:
    """The whole answer for the repository around a folder; without a base that can be reached: everything.

    Raises:
        NotAskable: not a repository, or the base is a name that nobody knows.
        NotAWorkspace: the repository's root is no uv workspace.
        GitFailed: git did.
        tomllib.TOMLDecodeError: a lock or a pyproject.toml cannot be read.
    """
    git = Git.of(folder)
    workspace = read_workspace(git.tree)
    changes = find_changes(git, base)
    if changes.files is None:
        return as_values(everything(workspace, changes.why), changes, workspace)
    before = _root_files(lambda path: git.text(changes.base or "", path))
    after = _root_files(lambda path: file.read_text() if (file := git.tree / path).is_file() else None)
    if after is None:
        raise NotAWorkspace(f"{git.tree} has no uv.lock: `uv lock` writes it")
    return as_values(judge(workspace, changes.files, before, after), changes, workspace)


def _root_files(read: Callable[[str], str | None]) -> RootFiles | None:
    lock, settings = read("uv.lock"), read("pyproject.toml")
    if lock is None or settings is None:
        return None
    return RootFiles(lock, settings, tomllib.loads(settings).get("project", {}).get("name", ""))
