"""Objects that the steps of one run share, made by `open_context`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from jobdeploy.root import terraform_environ

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from jobctl.environment.prompt import Prompt
    from jobctl.stop import StopSignals
    from jobdeploy.image_set import Images
    from jobdeploy.images import ImageStep
    from jobdeploy.images.declaration import Declaration
    from jobdeploy.progress import Progress
    from jobdeploy.target import DeployTarget


class ImageSource(Protocol):
    """`ImageStep`, or what stands for it on this machine."""

    def push(self, target: DeployTarget, stop: StopSignals, progress: Progress) -> Images:
        """Build and push what is not in the registry; returns every image variable of the stack."""

    def gate(self, target: DeployTarget, images: Images, stop: StopSignals, progress: Progress) -> None:
        """Return when the registry's scan passes each image; CommandError where it does not."""

    def declared(
        self, target: DeployTarget, references: Mapping[str, str], stop: StopSignals
    ) -> Mapping[str, Declaration | None]:
        """What each of these images, by the service's name, says of its settings; None where it says nothing."""


@dataclass(frozen=True)
class LocalDoor:
    """Deployments to this machine. `open_target` is for `--local`; with `--registry`, which stands for ECR, `images` wraps the image step."""

    open_target: Callable[..., AbstractContextManager[DeployTarget]]
    images: Callable[[ImageStep], ImageSource]


@dataclass(frozen=True)
class DeployContext:
    """One run. `environ` is Terraform's; `folder` is for this run alone, and nobody else can read it."""

    target: DeployTarget
    stop: StopSignals
    progress: Progress
    prompt: Prompt
    environ: Mapping[str, str]
    folder: Path
    verbose: bool = False


@contextmanager
def open_context(
    target: DeployTarget, stop: StopSignals, progress: Progress, prompt: Prompt, *, verbose: bool = False
) -> Iterator[DeployContext]:
    """Open a run, with a temporary folder that is deleted on leaving."""
    with tempfile.TemporaryDirectory(prefix="deploy-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        environ = terraform_environ(os.environ, target.endpoint_url)
        yield DeployContext(target, stop, progress, prompt, environ, folder, verbose)
