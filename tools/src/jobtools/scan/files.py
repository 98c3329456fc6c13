"""Which files are looked at? Those that git knows or would take: committed, changed and new, never what it ignores. Layer: tools."""

from __future__ import annotations

import fnmatch
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from jobtools.scan.scanner import CouldNotLook

_SHELL = re.compile(rb"#!.*\b(ba|da|k)?sh\b")


def git(root: Path, *arguments: str) -> str:
    """Git's answer. Raises CouldNotLook: without git nobody knows what belongs to the repository."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise CouldNotLook("there is no git on PATH") from None
    except subprocess.CalledProcessError as error:
        raise CouldNotLook(f"git {arguments[0]} failed: {error.stderr.strip()}") from None
    return done.stdout


def listed(root: Path, *kinds: str) -> list[str]:
    """Paths relative to `root`, sorted; what was deleted is left out. Kinds are options of `git ls-files`; none: all."""
    kinds = kinds or ("--cached", "--others")
    names = git(root, "ls-files", "-z", "--exclude-standard", *kinds).split("\0")
    return sorted({name for name in names if name and (root / name).is_file() and not (root / name).is_symlink()})


def named(root: Path, *patterns: str) -> list[str]:
    """Files whose name (not path) fits one of the patterns."""
    return [name for name in listed(root) if any(fnmatch.fnmatchcase(Path(name).name, pattern) for pattern in patterns)]


def shell_files(root: Path) -> list[str]:
    """By ending, or by first line."""
    return [name for name in listed(root) if name.endswith((".sh", ".bash")) or _starts_as_shell(root / name)]


def _starts_as_shell(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(80)
    return bool(_SHELL.match(start.split(b"\n", 1)[0]))


def workflow_files(root: Path) -> list[str]:
    """GitHub reads exactly this folder, without its sub-folders."""
    return [name for name in listed(root) if _is_workflow(name)]


def _is_workflow(name: str) -> bool:
    return Path(name).parent.as_posix() == ".github/workflows" and name.endswith((".yml", ".yaml"))


def count(items: Sequence[object] | int, noun: str) -> str:
    """`1 file`, `2 files`."""
    number = items if isinstance(items, int) else len(items)
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
