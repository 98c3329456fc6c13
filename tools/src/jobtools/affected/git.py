"""How is git asked? One command, its output, and errors that say what to do. Layer: tools, main thread; never reads a credential."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR")
"""Set inside a git hook; they would point every command at the hook's repository."""


class NotAskable(Exception):  # noqa: N818 (says what is wrong)
    """The question cannot be answered here: no git, not a repository, an unknown name. The text says what to do."""


class GitFailed(Exception):  # noqa: N818 (says what happened)
    """A git command ended with an error. The text is the command and what git said."""


class Git:
    """One repository's commands, run in one working tree."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree

    @classmethod
    def of(cls, folder: Path) -> Git:
        """The repository around a folder.

        Raises:
            NotAskable: there is no git, or no repository.
        """
        try:
            top = _run(folder, ("rev-parse", "--show-toplevel"))
        except FileNotFoundError as error:
            raise NotAskable("git is not installed, or not on the PATH: https://git-scm.com/downloads") from error
        if top.returncode:
            raise NotAskable(f"{folder} cannot be asked as a git repository: {top.stderr.strip()}")
        return cls(Path(top.stdout.rstrip("\n")))

    def __call__(self, *arguments: str, own_session: bool = False) -> str:
        """Standard output as it is; with `own_session` a Ctrl-C in the terminal does not reach the command.

        Raises:
            GitFailed: the command did.
        """
        done = _run(self.tree, arguments, own_session=own_session)
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()) or f"exit code {done.returncode}"
            raise GitFailed(f"git {' '.join(arguments)}: {said}")
        return done.stdout

    def line(self, *arguments: str) -> str | None:
        """The output without its newline; None where the command fails."""
        done = _run(self.tree, arguments)
        return None if done.returncode else done.stdout.strip()

    def names(self, *arguments: str) -> list[str]:
        """The output of a command with `-z`, cut at its NULs."""
        return [name for name in self(*arguments).split("\0") if name]

    def text(self, commit: str, path: str) -> str | None:
        """A file as the commit has it; None where it has none."""
        done = _run(self.tree, ("show", f"{commit}:{path}"))
        return None if done.returncode else done.stdout

    def commit(self, name: str) -> str | None:
        """The full id of the commit that a name means; None where there is none here."""
        return self.line("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")

    @property
    def shallow(self) -> bool:
        """Whether history was cut off when cloning."""
        return self.line("rev-parse", "--is-shallow-repository") == "true"


def _run(folder: Path, arguments: tuple[str, ...], *, own_session: bool = False) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",  # a path may be any bytes
        check=False,
        env={**environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
        start_new_session=own_session,
    )
