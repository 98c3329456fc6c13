"""Objects that the steps of one run share, made by `open_context`."""

from __future__ import annotations

import os
import platform
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from jobdeploy.program import Program, environment

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from jobctl.environment.prompt import Prompt
    from jobctl.environment.target import Images, Target
    from jobctl.stop import StopSignals
    from jobdeploy.images import ImageStep
    from jobdeploy.progress import Progress

PLATFORMS = ("linux_amd64", "linux_arm64", "darwin_arm64", "darwin_amd64")
"""Whose hashes the provider's lock file holds: CI's, and laptops'."""
_MIRROR = re.compile(r"^\s*(filesystem_mirror|network_mirror|dev_overrides)\b", re.MULTILINE)
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


class ImageSource(Protocol):
    """`ImageStep`, or what stands for it on this machine."""

    def build(self, target: Target, stop: StopSignals, progress: Progress) -> object:
        """Build what is not built."""

    def push(self, target: Target, stop: StopSignals, progress: Progress) -> Images:
        """Build and push what is not in the registry; returns every image variable of the stack."""

    def gate(self, target: Target, images: Images, stop: StopSignals, progress: Progress) -> None:
        """Return when the registry's scan passes each image; DeployError where it does not."""


@dataclass(frozen=True)
class LocalDoor:
    """Deployments to this machine. `open_target` is for `--local`; with `--registry`, which stands for ECR, `images` wraps the image step."""

    open_target: Callable[..., AbstractContextManager[Target]]
    images: Callable[[ImageStep], ImageSource]


@dataclass(frozen=True)
class DeployContext:
    """One run. `folder` is for this run alone, and nobody else can read it."""

    target: Target
    stop: StopSignals
    progress: Progress
    prompt: Prompt
    program: Program
    folder: Path
    verbose: bool = False

    def makes_lock_file(self, root: Path) -> bool:
        """Whether to make the provider's lock file: it is missing, and somebody can keep it.

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
def open_context(
    target: Target, stop: StopSignals, progress: Progress, prompt: Prompt, *, verbose: bool = False
) -> Iterator[DeployContext]:
    """Open a run, with a temporary folder that is deleted on leaving."""
    with tempfile.TemporaryDirectory(prefix="deploy-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        program = Program(stop, folder, environment(os.environ, target.endpoint_url), say=progress.say)
        yield DeployContext(target, stop, progress, prompt, program, folder, verbose)


def has_mirror(environ: Mapping[str, str], home: Path) -> bool:
    """Whether Terraform's settings send it to a mirror ("CLI configuration", provider_installation)."""
    named = environ.get("TF_CLI_CONFIG_FILE")
    file = Path(named) if named else home / ".terraformrc"
    return file.is_file() and _MIRROR.search(file.read_text(errors="replace")) is not None
