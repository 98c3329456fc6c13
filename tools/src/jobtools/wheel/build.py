"""Build of one wheel from modules of several packages; runs uv, which may ask the package index for the build backend.

They are laid out as one project in a temporary folder, and hatchling builds it as it builds each package: RECORD, METADATA and entry points are its.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobtools.images.uv import build_wheel
from jobtools.wheel.reach import Reached, reach
from jobtools.wheel.requirements import requirements

DISTRIBUTION = "mdm-jobs"
"""Not `jobs`: that is a stranger's project on the package index, and `pipx upgrade` would bring it."""
PROGRAM = "jobs"
ROOT = "jobtools.jobs"
MEMBERS = ("tools", "libs/common", "services/main-job", "services/background-job")
_PROJECT = """\
[project]
name = {name}
version = {version}
description = {description}
requires-python = {python}
classifiers = ["Private :: Do Not Upload"]
dependencies = {dependencies}

[project.scripts]
{program} = {entry}

[build-system]
requires = {backend}
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = {packages}
"""


@dataclass(frozen=True)
class Contents:
    """Contents and requirements of the wheel. `project` is the `pyproject.toml` of the tools."""

    reached: Reached
    requirements: list[str]
    project: Mapping[str, Any]


def contents(repository: Path) -> Contents:
    """The contents of the wheel for the checkout as it is.

    Raises:
        Undeclared: something is imported that no package requires.
        OSError: this is no checkout.
    """
    projects = [tomllib.loads((repository / member / "pyproject.toml").read_text()) for member in MEMBERS]
    sources = {
        one.name: one.parent for member in MEMBERS for one in (repository / member / "src").iterdir() if one.is_dir()
    }
    own = {project["project"]["name"] for project in projects}
    declared = {one for project in projects for one in project["project"]["dependencies"] if one not in own}
    reached = reach([ROOT], sources)
    return Contents(reached, requirements(reached.foreign, sorted(declared)), projects[0])


def build(repository: Path, folder: Path) -> Path:
    """Build the wheel in `folder`, which is made if missing. The same checkout makes the same bytes.

    Raises:
        UvFailed: uv is not there, or cannot build.
        Undeclared, OSError: see `contents`.
    """
    what = contents(repository)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="jobs-wheel-") as place:
        stage = Path(place)
        tops = _lay_out(what.reached, stage / "src")
        (stage / "pyproject.toml").write_text(_pyproject(what, tops), encoding="utf-8")
        return build_wheel(stage, DISTRIBUTION, folder.absolute())


def _lay_out(reached: Reached, source: Path) -> list[str]:
    """Copy the modules, with the other files beside them (py.typed, style sheets). Returns the packages."""
    for name, file in reached.modules.items():
        parts = name.split(".")
        folder = source.joinpath(*(parts if file.name == "__init__.py" else parts[:-1]))
        folder.mkdir(parents=True, exist_ok=True)
        beside = [one for one in file.parent.iterdir() if one.is_file() and one.suffix not in (".py", ".pyc")]
        for one in (file, *beside):
            shutil.copyfile(one, folder / one.name)
    return sorted(one.name for one in source.iterdir())


def _pyproject(what: Contents, tops: list[str]) -> str:
    project = what.project["project"]
    values = {
        "name": DISTRIBUTION,
        "version": project["version"],
        "description": "The jobs command: look at a stack of message-driven jobs, and repair it.",
        "python": project["requires-python"],
        "dependencies": what.requirements,
        "entry": project["scripts"][PROGRAM],
        "backend": what.project["build-system"]["requires"],
        "packages": [f"src/{top}" for top in tops],
    }
    return _PROJECT.format(program=PROGRAM, **{name: json.dumps(value) for name, value in values.items()})
