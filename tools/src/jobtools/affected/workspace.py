"""Which packages are there, where, and who depends on whom? Read from the pyproject.toml files. Layer: tools, main thread; runs nothing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
SERVICES = "services"
"""The folder whose packages are deployed, each as an image of its own."""


class NotAWorkspace(Exception):  # noqa: N818 (says what is wrong)
    """The root's pyproject.toml names no members, or a member cannot be read."""


@dataclass(frozen=True)
class Member:
    """One package of the workspace."""

    short: str
    """The name of its folder: what people type, and what its tags begin with."""
    name: str
    """Its name as a distribution, normalised."""
    folder: str
    """Relative to the root, with slashes."""
    version: str
    needs: frozenset[str]
    """Short names of the members that it depends on directly."""

    @property
    def service(self) -> bool:
        """Whether it is deployed as an image."""
        return self.folder.startswith(f"{SERVICES}/")


@dataclass(frozen=True)
class Workspace:
    """All members, by short name."""

    members: Mapping[str, Member]

    @cached_property
    def services(self) -> list[str]:
        """What is deployed."""
        return sorted(short for short, member in self.members.items() if member.service)

    def with_dependants(self, touched: Iterable[str]) -> set[str]:
        """These, and every member that depends on one of them, directly or not."""
        reached: set[str] = set()
        waiting = list(touched)
        while waiting:
            short = waiting.pop()
            if short not in reached:
                reached.add(short)
                waiting += (other for other, member in self.members.items() if short in member.needs)
        return reached

    def needs(self, short: str) -> set[str]:
        """The members that one depends on, directly or not, without itself."""
        reached: set[str] = set()
        waiting = list(self.members[short].needs)
        while waiting:
            other = waiting.pop()
            if other not in reached:
                reached.add(other)
                waiting += self.members[other].needs
        return reached - {short}

    def owner(self, path: str) -> Member | None:
        """The member in whose folder a path lies."""
        for member in self.members.values():
            if path.startswith(f"{member.folder}/"):
                return member
        return None


def read_workspace(root: Path) -> Workspace:
    """The workspace that a folder is the root of.

    Raises:
        NotAWorkspace: it is none.
    """
    try:
        patterns = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["uv"]["workspace"]["members"]
        folders = sorted({file.parent for pattern in patterns for file in root.glob(f"{pattern}/pyproject.toml")})
        projects = {folder: tomllib.loads((folder / "pyproject.toml").read_text()) for folder in folders}
        named = {folder: normalised(project["project"]["name"]) for folder, project in projects.items()}
        by_name = {name: folder.name for folder, name in named.items()}
        if len({folder.name for folder in folders}) < len(folders):
            raise NotAWorkspace(f"{root}: two packages have folders of the same name")
        members = [
            Member(
                short=folder.name,
                name=named[folder],
                folder=folder.relative_to(root).as_posix(),
                version=project["project"]["version"],
                needs=frozenset(by_name[name] for name in _required(project) if name in by_name) - {folder.name},
            )
            for folder, project in projects.items()
        ]
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise NotAWorkspace(
            f"{root} is not the root of a uv workspace, or a member cannot be read: {error!r}"
        ) from error
    return Workspace({member.short: member for member in members})


def normalised(name: str) -> str:
    """A distribution's name as uv.lock writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _required(project: Mapping[str, Any]) -> set[str]:
    groups = [
        *project.get("dependency-groups", {}).values(),
        *project["project"].get("optional-dependencies", {}).values(),
    ]
    wanted = [*project["project"].get("dependencies", []), *(each for group in groups for each in group)]
    return {normalised(found[1]) for each in wanted if isinstance(each, str) and (found := _NAME.match(each))}
