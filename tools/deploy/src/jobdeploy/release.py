"""The next version of one package: `uv version`, git-cliff's notes, one commit, a tag for each package.

A service carries the library of its own commit. A release of the library is therefore a release of each service too, a patch, in the same commit.
Nothing is pushed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

STEPS = ("patch", "minor", "major")
LIBRARY = "common"
UV = os.environ.get("UV", "uv")
"""nox names its own where there is no other."""


class ReleaseError(Exception):
    """Nothing was released; the text says why and what to do."""


@dataclass(frozen=True)
class Package:
    """A member of the workspace. `short` is its folder's name: `background-job` for `services/background-job`."""

    short: str
    folder: Path
    distribution: str


def packages(root: Path) -> dict[str, Package]:
    """The workspace's members, by their short names."""
    patterns = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["uv"]["workspace"]["members"]
    found = {}
    for file in sorted(file for pattern in patterns for file in root.glob(f"{pattern}/pyproject.toml")):
        folder = file.parent.relative_to(root)
        found[folder.name] = Package(folder.name, folder, tomllib.loads(file.read_text())["project"]["name"])
    return found


def release(root: Path, short: str, step: str, *, dry_run: bool = False) -> list[str]:
    """Makes the commit and its tags; gives the tags. `step`: patch, minor, major or a version. `dry_run` only prints.

    Raises:
        ReleaseError: no such package or step, changes that are not committed, a tag that exists, nothing new.
    """
    known = packages(root)
    if short not in known:
        raise ReleaseError(f"No package {short!r}. There are {', '.join(sorted(known))}.")
    if changed := _run(root, "git", "status", "--porcelain"):
        raise ReleaseError(f"Files are not committed. Commit or stash them first:\n{changed}")
    steps = {known[short]: step}
    if short == LIBRARY:
        steps |= {one: "patch" for one in known.values() if one.folder.parent.name == "services"}
    tags = {}
    for package, its_step in steps.items():
        tags[package] = f"{package.short}/v{_version(root, package, its_step, '--dry-run')}"
        if _run(root, "git", "tag", "--list", tags[package]):
            raise ReleaseError(f"{tags[package]} is released. Name a later version.")
    notes = {package: _notes(root, package, tag) for package, tag in tags.items()}
    if "\n" not in notes[known[short]]:  # a heading alone
        raise ReleaseError(f"No commit touches {known[short].folder} since its last release.")
    for package in tags.keys() - {known[short]}:
        space = "\n" if "\n" in notes[package] else "\n\n"
        notes[package] += f"{space}- Carries {tags[known[short]].replace('/v', ' ')}"
    for package, tag in tags.items():
        print(f"{tag}\n{notes[package]}")
    if dry_run:
        return [*tags.values()]
    _commit(root, steps, tags, notes)
    for package, tag in tags.items():
        # The notes begin with a heading, which git would take for a comment.
        _run(root, "git", "tag", "--annotate", "--cleanup=verbatim", "--message", notes[package], tag)
    return [*tags.values()]


def _commit(root: Path, steps: dict[Package, str], tags: dict[Package, str], notes: dict[Package, str]) -> None:
    try:
        for package, step in steps.items():
            _version(root, package, step, "--no-sync")
            changelog = root / package.folder / "CHANGELOG.md"
            introduction, heading, earlier = changelog.read_text().partition("\n## ")
            changelog.write_text(f"{introduction}\n{notes[package]}\n{heading}{earlier}")
        said = ", ".join(tag.replace("/v", " ") for tag in tags.values())
        _run(root, "git", "commit", "--all", "--message", f"Release {said}")
    except BaseException:
        _run(root, "git", "reset", "--hard", "--quiet")  # there was nothing of the person's: it was clean
        raise


def _version(root: Path, package: Package, step: str, how: str) -> str:
    wanted = ("--bump", step) if step in STEPS else (step,)
    return _run(root, UV, "version", "--short", "--package", package.distribution, *wanted, how)


def _notes(root: Path, package: Package, tag: str) -> str:
    tags = f"^{package.short}/v"
    which = ("--unreleased", "--tag", tag, "--tag-pattern", tags, "--include-path", f"{package.folder}/**")
    return _run(root, "git-cliff", "--config", "cliff.toml", "--offline", *which)


def _run(root: Path, *command: str) -> str:
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise ReleaseError(f"{' '.join(command[:4])}: {ended.stderr.strip() or ended.stdout.strip()}")
    return ended.stdout.strip()


def main() -> int:
    """The process's exit code: 0 done, 1 refused, 2 wrong arguments."""
    parser = argparse.ArgumentParser(prog="nox -s release --", description=__doc__.split("\n\n")[0])
    parser.add_argument("package", help="its folder's name: background-job, main-job, common, cli")
    parser.add_argument("step", help="patch, minor, major, or a version")
    parser.add_argument("--dry-run", action="store_true", help="prints what would be released")
    options = parser.parse_args()
    try:
        tags = release(Path.cwd(), options.package, options.step, dry_run=options.dry_run)
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    if not options.dry_run:
        print(f"Next: git push --atomic origin HEAD {' '.join(tags)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
