"""Packages that become images: the library is the base, and every folder of `services/` an image.

A new service is a new folder: it is found, not listed.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

LIBRARY = Path("libs/common/pyproject.toml")
SERVICES = "services/*/pyproject.toml"


@dataclass(frozen=True)
class Package:
    """A member of the workspace. `name` is that of its image and its folder, `distribution` that of its wheel."""

    name: str
    distribution: str
    version: str


@dataclass(frozen=True)
class Workspace:
    """`project` is the first part of every local image's name."""

    folder: Path
    project: str
    library: Package
    services: tuple[Package, ...]

    @classmethod
    def read(cls, folder: Path) -> Workspace:
        """The workspace whose root is `folder`."""
        return cls(
            folder,
            tomllib.loads((folder / "pyproject.toml").read_text())["project"]["name"],
            _package(folder / LIBRARY, "base"),
            tuple(_package(file, file.parent.name) for file in sorted(folder.glob(SERVICES))),
        )


def _package(file: Path, name: str) -> Package:
    project = tomllib.loads(file.read_text())["project"]
    return Package(name, project["name"], project["version"])
