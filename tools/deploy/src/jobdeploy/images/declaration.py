"""What a service's image says of the settings that it reads: a label, made of the checkout when the image is built, read before it is deployed.

Of the checkout, since an image for another architecture cannot be run where it is built.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobctl.errors import CommandError

if TYPE_CHECKING:
    from jobdeploy.images.docker import Docker

LABEL = "jobs.settings"


@dataclass(frozen=True)
class Declaration:
    """`required`: names in the environment to what gives them: `stack`, `environment` or `secrets`. `optional`: names that have a default."""

    required: Mapping[str, str]
    optional: frozenset[str]


def read_declaration(repository: Path, folder: Path) -> str:
    """The label of the service in `folder`: JSON; empty where its entry point has no `jobqueue.Service`.

    Raises:
        CommandError: it cannot be imported.
    """
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    scripts = [*project.get("scripts", {}).values()]
    if not scripts:
        return ""
    module = scripts[0].partition(":")[0]
    sources = f"{folder / 'src'}{os.pathsep}{repository / 'libs/common/src'}"
    command = [sys.executable, "-m", "jobdeploy.images.declare", module]
    environ = {**os.environ, "PYTHONPATH": sources, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(
            f"The settings of {project['name']} cannot be read from {module}.\n{done.stderr.strip()}",
            "Its entry point and its settings.py import the standard library and jobqueue alone; other packages belong into jobs.py and handlers.py.",
        )
    return "" if done.stdout.strip() == "null" else done.stdout.strip()


def find_declaration(docker: Docker, reference: str) -> Declaration | None:
    """What an image in a registry declares; None: it has no such label.

    Raises:
        CommandError, Stopped: as `Docker.run`.
    """
    image = json.loads(docker.run("buildx", "imagetools", "inspect", "--format", "{{json .Image}}", reference))
    label = (image["config"].get("Labels") or {}).get(LABEL)
    if label is None:
        return None
    found = json.loads(label)
    return Declaration(found["required"], frozenset(found["optional"]))
