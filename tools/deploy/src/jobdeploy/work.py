"""Objects that the steps of one run share, made by `open_work`."""

from __future__ import annotations

import os
import platform
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobdeploy.program import Program, environment
from jobdeploy.running import Running

if TYPE_CHECKING:
    from jobctl.environment.prompt import Prompt
    from jobctl.environment.target import Target
    from jobctl.stop import StopSignals
    from jobdeploy.progress import Progress

PLATFORMS = ("linux_amd64", "linux_arm64", "darwin_arm64", "darwin_amd64")
"""Whose hashes the provider's lock file holds: CI's, and laptops'."""
_MIRROR = re.compile(r"^\s*(filesystem_mirror|network_mirror|dev_overrides)\b", re.MULTILINE)
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Work:
    """One run. `folder` is for this run alone, and nobody else can read it."""

    target: Target
    stop: StopSignals
    progress: Progress
    person: Prompt
    program: Program
    running: Running
    folder: Path
    verbose: bool = False

    def makes_lock_file(self, root: Path) -> bool:
        """Whether the provider's lock file is to be made: it is missing, and somebody can keep it.

        Not in CI, whose checkout is thrown away; not in a copy for a local AWS; not where a mirror is set, since `providers lock` asks
        the registry.
        """
        return not (
            (root / ".terraform.lock.hcl").exists()
            or self.target.local
            or "CI" in os.environ
            or has_mirror(os.environ, Path.home())
        )

    def platforms(self) -> list[str]:
        """Those of PLATFORMS and this machine's."""
        machine = platform.machine().lower()
        here = f"{platform.system().lower()}_{_MACHINES.get(machine, machine)}"
        return sorted({*PLATFORMS, here})


@contextmanager
def open_work(
    target: Target, stop: StopSignals, progress: Progress, person: Prompt, *, verbose: bool = False
) -> Iterator[Work]:
    """Open a run, with a temporary folder that is deleted on leaving."""
    with (
        Running(target) as running,
        tempfile.TemporaryDirectory(prefix="deploy-", ignore_cleanup_errors=True) as folder,
    ):
        program = Program(
            stop,
            Path(folder),
            environment(os.environ, target.endpoint_url),
            tell=progress.say,
            descriptor=running.descriptor,
        )
        yield Work(target, stop, progress, person, program, running, Path(folder), verbose)


def has_mirror(environ: Mapping[str, str], home: Path) -> bool:
    """Whether Terraform's settings send it to a mirror ("CLI configuration", provider_installation)."""
    told = environ.get("TF_CLI_CONFIG_FILE")
    file = Path(told) if told else home / ".terraformrc"
    return file.is_file() and _MIRROR.search(file.read_text(errors="replace")) is not None
