"""A copy of this repository for tests that deploy changed sources, so that the repository itself stays as it is."""

from __future__ import annotations

import subprocess
from pathlib import Path

from jobctl.checkout import REPOSITORY

_PERSON = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")


class Checkout:
    """A clone of this repository with what is not committed yet, and commits of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.revisions: list[str] = []
        said = subprocess.run(
            ["git", "-C", REPOSITORY, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True,
            text=True,
            check=True,
        )
        for name in said.stdout.split("\0"):
            if (REPOSITORY / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes((REPOSITORY / name).read_bytes())
        self._git("init", "--quiet")
        self.commit()

    def change(self, file: str, old: str, new: str) -> None:
        """Replaces a text that a file has exactly once."""
        text = (self.folder / file).read_text()
        assert text.count(old) == 1, f"{file} has {old!r} {text.count(old)} times"
        (self.folder / file).write_text(text.replace(old, new))

    def commit(self) -> str:
        """Commits all files as they are; gives the revision as tags have it."""
        self._git("add", "--all")
        self._git(*_PERSON, "commit", "--quiet", "--message", "a change")
        self.revisions.append(self._git("rev-parse", "HEAD"))
        return self.revisions[-1][:7]

    def _git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
