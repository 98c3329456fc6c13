"""What images are built from: a folder that holds nothing but their inputs, and a hash of each image's.

So no `.dockerignore` has to be right, layers know nothing of the checkout, and the hash says whether an image is there already.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from jobctl.errors import CommandError, UsageError
from jobdeploy.images.declaration import read_declaration

BASE = "base"
LIBRARY = "libs/common/pyproject.toml"
SERVICES = "services/*/pyproject.toml"
DOCKER = ("Dockerfile", "docker-bake.hcl", "scripts")
EXPORT = ("--quiet", "--locked", "--no-dev", "--no-emit-workspace", "--no-header", "--no-annotate")
BUILD = ("--quiet", "--wheel", "--no-create-gitignore")
EPOCH = "315532800"
"""1980-01-01, the first day that a wheel (a zip archive) can name: the same sources make the same wheel."""
HASH_CHARACTERS = 12
DEBIAN = re.compile(r"[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?")
"""https://www.debian.org/doc/debian-policy/ch-controlfields.html (Package, Version)"""
REQUIREMENTS = "requirements.txt"
DECLARATION = "settings.json"
"""Beside each service's requirements: the text of its image's label (`declaration.LABEL`)."""


@dataclass(frozen=True)
class Package:
    """A member of the workspace that becomes an image. `name` is that of its image, `distribution` that of its wheel. `system`: Debian's."""

    folder: Path
    name: str
    distribution: str
    version: str
    system: tuple[str, ...] = ()


def read_packages(repository: Path) -> dict[str, Package]:
    """The base first, then a service for each folder of `services/`: a new one is found, not listed.

    Raises:
        UsageError: what a service wants of Debian is no list of packages.
    """
    files = {BASE: repository / LIBRARY} | {file.parent.name: file for file in sorted(repository.glob(SERVICES))}
    found = {}
    for name, file in files.items():
        written = tomllib.loads(file.read_text())
        project, system = written["project"], written.get("tool", {}).get("jobs", {}).get("system-packages", [])
        for one in [system] if isinstance(system, str) else system:
            if isinstance(system, str) or not DEBIAN.fullmatch(str(one)):
                raise UsageError(
                    f"{file.relative_to(repository)}: system-packages has {one!r}.",
                    'Name Debian\'s packages in a list, each with or without a version: ["libpq5", "poppler-utils=25.03.0-5"].',
                )
        found[name] = Package(file.parent, name, project["name"], project["version"], tuple(system))
    return found


def check_names(repository: Path, names: Collection[str], *more: str) -> None:
    """Raises UsageError for a name that is no image, nor one of `more`."""
    known = {*read_packages(repository), *more}
    if unknown := sorted({*names} - known):
        raise UsageError(
            f"There is no image {', '.join(unknown)}; there are {', '.join(sorted(known))}.", "Name one of these."
        )


def write_inputs(repository: Path, folder: Path, packages: Mapping[str, Package], *others: str) -> dict[str, str]:
    """Write what `packages`, the base first, take from the package index: locked, with hashes, for every platform; and what each service declares.
    Returns a hash of all that decides the content of each image; `others`: what decides it too.

    A wheel is made of what is hashed here; the wheel itself differs with each version of its build backend.

    Raises:
        UsageError, CommandError: uv is not there, the lock does not fit the packages any more, or a service cannot be imported.
    """
    for name in DOCKER:
        source = repository / "docker" / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, folder / name)
    found: dict[str, str] = {}
    below = _hash(folder, *others)
    for name, package in packages.items():
        file = folder / name / REQUIREMENTS
        file.parent.mkdir()
        file.write_text(_uv(repository, "export", *EXPORT, f"--package={package.distribution}"))
        if declaration := read_declaration(repository, package.folder):
            file.with_name(DECLARATION).write_text(declaration)
        own = (_hash(package.folder / "src"), (package.folder / "pyproject.toml").read_text(), file.read_text())
        found[name] = _hash(file.parent, *own, found.get(BASE, below))
    return found


def build_wheel(repository: Path, folder: Path, package: Package) -> None:
    """Write the package's own wheel beside its requirements. Raises as `write_inputs`."""
    _uv(repository, "build", *BUILD, f"--package={package.distribution}", f"--out-dir={folder / package.name}")


def _hash(folder: Path, *others: str) -> str:
    """Of every file's name and bytes, and of `others`."""
    found = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc"):
        found.update(
            f"{file.relative_to(folder).as_posix()} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode()
        )
    found.update("\0".join(others).encode())
    return found.hexdigest()[:HASH_CHARACTERS]


def _uv(repository: Path, *arguments: str) -> str:
    program = os.environ.get("UV") or shutil.which("uv")
    if program is None:
        raise UsageError(
            "uv is not on PATH.", "`./noxw` brings it: https://docs.astral.sh/uv/getting-started/installation/"
        )
    command = [program, *arguments]
    environ = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    done = subprocess.run(command, cwd=repository, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(
            f"uv {' '.join(arguments)}\n{done.stderr.strip()}", "If the lock is out of date, `uv lock` brings it up to date; commit it."
        )  # fmt: skip
    return done.stdout
