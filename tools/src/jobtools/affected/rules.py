"""What does a path mean? One table, first match wins; a path that nobody thought of touches everything. Pure.

The workspace's own folders are not in it: a path in a package's folder touches that package (see `verdict`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any


class Meaning(Enum):
    """What a path that belongs to no package stands for."""

    LOCK = "the lock: the packages whose locked dependencies changed"
    SETTINGS = "settings of the workspace: everything, or all tests where only rules for tools changed"
    BASE = "the base image and every image that is built on it"
    SERVICES = "the image of every service"
    COLLECTOR = "the collector, whose configuration Terraform reads"
    IMAGES = "every image"
    INFRA = "the infrastructure"
    TOGETHER = "the tests of everything together"
    DOCS = "pages"
    EVERYTHING = "everything"


ROOT: tuple[tuple[str, Meaning], ...] = (
    ("*.md", Meaning.DOCS),
    ("docs/*", Meaning.DOCS),
    ("LICENSE*", Meaning.DOCS),
    ("uv.lock", Meaning.LOCK),
    ("pyproject.toml", Meaning.SETTINGS),
    ("docker/base.Dockerfile", Meaning.BASE),
    ("docker/service.Dockerfile", Meaning.SERVICES),
    ("docker/collector/*", Meaning.COLLECTOR),
    ("docker/*", Meaning.IMAGES),
    ("infra/*", Meaning.INFRA),
    ("grafana/*", Meaning.DOCS),
    ("tests/*", Meaning.TOGETHER),
)
"""`*` crosses slashes. What is not here (noxfile.py, noxw, .github, .ci, ...) is EVERYTHING."""

WITHIN: tuple[tuple[str, Meaning], ...] = (
    ("tools/src/jobtools/images/*", Meaning.IMAGES),
    ("tools/src/jobtools/infra/*", Meaning.INFRA),
    ("tools/src/jobtools/infra_proof/*", Meaning.INFRA),
    ("tools/src/jobtools/localaws/*", Meaning.INFRA),
)
"""What files of a package mean beside their package: the code that builds the images, and the code that checks the infrastructure."""

READ_BY_TESTS: tuple[tuple[str, str], ...] = (
    ("docs/alarms.md", "tools"),
    ("docs/howto/*", "together"),
    ("grafana/*", "tools"),
)
"""Pages that tests read or execute: the page, and which tests."""

TOOLS_ONLY = ("ruff", "mypy", "pytest", "importlinter", "coverage")
"""Tables under `[tool]` that change no package: with the dependency groups, they change what checks and tests say."""


def meaning(path: str) -> Meaning:
    """What a path outside the packages stands for."""
    return next((meant for pattern, meant in ROOT if fnmatchcase(path, pattern)), Meaning.EVERYTHING)


def also(path: str) -> Meaning | None:
    """What a path inside a package means beside it."""
    return next((meant for pattern, meant in WITHIN if fnmatchcase(path, pattern)), None)


def is_page(path: str) -> bool:
    """Whether a path in a package is only read by people."""
    return path.endswith(".md")


def is_shipped(path: str, folder: str) -> bool:
    """Whether a file of a package reaches its wheel, and so its image: its tests and pages do not."""
    return not is_page(path) and not path.startswith(f"{folder}/tests/")


def only_rules_changed(before: str, after: str) -> bool:
    """Whether two versions of the root's pyproject.toml differ in rules for tools and in dependency groups alone."""
    return _of_packages(tomllib.loads(before)) == _of_packages(tomllib.loads(after))


def _of_packages(project: Mapping[str, Any]) -> dict[str, Any]:
    tools = {name: table for name, table in project.get("tool", {}).items() if name not in TOOLS_ONLY}
    return {name: value for name, value in project.items() if name != "dependency-groups"} | {"tool": tools}
