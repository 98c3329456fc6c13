"""What a person gives to the services of a local run: an env file's variables, and of the environment what a service's own settings declare.

`AWS_*`, `OTEL_*` and proxies never get through: a handler on a laptop cannot reach a real account, and no telemetry or call leaves the machine.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from jobdeploy.images.declaration import read_declaration
from jobdeploy.images.sources import BASE, read_packages

_NEVER = re.compile(r"(AWS|OTEL)_.*|(HTTP|HTTPS|NO|ALL)_PROXY", re.IGNORECASE)


def given(names: Iterable[str], env_file: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables of one service, which declares these names. The environment goes before the file."""
    declared = {name: environ[name] for name in names if name in environ and not _NEVER.fullmatch(name)}
    return {**env_file, **declared}


def given_to(repository: Path, folder: Path, env_file: Mapping[str, str]) -> dict[str, str]:
    """Those of the service in `folder`, whose settings are read anew.

    Raises:
        CommandError: they cannot be read.
    """
    label = read_declaration(repository, folder)
    return given(json.loads(label)["own"] if label else (), env_file)


def given_to_each(repository: Path, env_file: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Those of every service in a checkout, by its name.

    Raises:
        CommandError: a service's settings cannot be read.
    """
    return {
        name: given_to(repository, package.folder, env_file)
        for name, package in read_packages(repository).items()
        if name != BASE
    }
