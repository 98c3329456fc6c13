"""What does a release write? Versions, changelogs, and the lock's lines for them. Layer: tools, main thread; writes only in the tree it is given.

uv writes the version. In the lock, one line is changed, and uv is asked whether the lock is right: `uv lock` itself resolves again after a changed
version, and for that it wants the index of every dependency, which a machine without a network has only if it locked before.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from jobtools.affected.git import NotAskable
from jobtools.release.changelog import AlreadyTold, with_section
from jobtools.release.guards import Refused
from jobtools.release.plan import Planned

_OURS = ("VIRTUAL_ENV", "UV_PROJECT", "UV_PROJECT_ENVIRONMENT", "UV_FROZEN", "UV_LOCKED")
"""What belongs to the tree we were called from, not to the one that is written."""


def find_uv(environ: Mapping[str, str]) -> str:
    """The uv that runs us (`$UV`), or the one on the PATH.

    Raises:
        NotAskable: there is none.
    """
    program = shutil.which(environ.get("UV") or "uv", path=environ.get("PATH"))
    if program is None:
        raise NotAskable("uv is not installed, or not on the PATH: https://docs.astral.sh/uv/, or `./noxw -s release`")
    return program


def write_release(tree: Path, plan: Sequence[Planned], date: str, uv: str) -> None:
    """Writes all files of a release.

    Raises:
        Refused: a changelog has that version already, or the lock does not fit the packages.
    """
    lock = tree / "uv.lock"
    text = lock.read_text(encoding="utf-8")
    for planned in plan:
        folder = tree / planned.member.folder
        _uv(uv, tree, "version", "--quiet", "--frozen", f"--package={planned.member.name}", str(planned.after))
        changelog = folder / "CHANGELOG.md"
        before = changelog.read_text(encoding="utf-8") if changelog.is_file() else None
        try:
            changelog.write_text(with_section(before, str(planned.after), date, planned.said), encoding="utf-8")
        except AlreadyTold as error:
            raise Refused(f"{planned.member.folder}/CHANGELOG.md: {error}") from error
        text = locked_at(text, planned)
    lock.write_text(text, encoding="utf-8")
    _uv(uv, tree, "lock", "--quiet", "--check", "--offline")


def locked_at(text: str, planned: Planned) -> str:
    """The lock with the new version of one member. Raises Refused."""
    entry = re.compile(
        rf'(\[\[package\]\]\nname = "{re.escape(planned.member.name)}"\nversion = ")[^"]*("\nsource = \{{ (?:editable|virtual|directory) = )'
    )
    text, count = entry.subn(rf"\g<1>{planned.after}\g<2>", text)
    if count != 1:
        raise Refused(f"uv.lock has {count} entries of {planned.member.name}, not one: run `uv lock` and commit it")
    return text


def _uv(uv: str, tree: Path, *arguments: str) -> None:
    environ = {name: value for name, value in os.environ.items() if name not in _OURS}
    done = subprocess.run([uv, *arguments], cwd=tree, capture_output=True, text=True, check=False, env=environ)
    if done.returncode:
        hint = " Is uv.lock up to date? `uv lock`, commit, and release again." if "--check" in arguments else ""
        said = done.stderr.strip() or f"exit code {done.returncode}"
        raise Refused(f"uv {' '.join(arguments)}: {said}{hint}")
