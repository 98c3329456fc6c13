"""The step `images` for a target on this machine: images go to the local registry and are entered in the local ECR.

Otherwise it is the step itself: what it builds, pushes and judges is what would be pushed to AWS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.local_deploy.ecr import tell_ecr
from jobctl.environment.images import COLLECTOR
from jobdeploy.images import ImageStep
from jobdeploy.images.docker import Docker
from jobdeploy.images.pushing import Pushed, push_images
from jobdeploy.images.registry import collector_image
from jobdeploy.images.sources import check_names
from jobdeploy.images.step import stack_variables

if TYPE_CHECKING:
    from jobctl.stop import StopSignals
    from jobdeploy.image_set import Images
    from jobdeploy.images.declaration import Declaration
    from jobdeploy.progress import Progress
    from jobdeploy.target import DeployTarget


@dataclass(frozen=True)
class LocalImages:
    """`scans`: what a scan of an image finds, as ECR's `findings`; nothing where it is not named. `revision`: instead of git's."""

    step: ImageStep = field(default_factory=ImageStep)
    scans: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    revision: str | None = None

    def push(self, target: DeployTarget, stop: StopSignals, progress: Progress) -> Images:
        """As the step's own; then the local ECR knows the digests."""
        return stack_variables(target, self.pushed(target, stop, progress))

    def pushed(self, target: DeployTarget, stop: StopSignals, progress: Progress) -> list[Pushed]:
        """As `push`: the images themselves."""
        names = self.step.names
        check_names(target.repository, names or (), COLLECTOR)
        pushed = push_images(
            target,
            stop,
            progress,
            names,
            collector=_in_registry(target, stop) if names is None or COLLECTOR in names else None,
            revision=self.revision,
        )
        tell_ecr(target, pushed, self.scans)
        return pushed

    def gate(self, target: DeployTarget, images: Images, stop: StopSignals, progress: Progress) -> None:
        """As the step's own."""
        self.step.gate(target, images, stop, progress)

    def declared(
        self, target: DeployTarget, references: Mapping[str, str], stop: StopSignals
    ) -> Mapping[str, Declaration | None]:
        """As the step's own."""
        return self.step.declared(target, references, stop)


def _in_registry(target: DeployTarget, stop: StopSignals) -> str | None:
    """A collector that is only on this machine, pushed to where it can be copied from; None: its own registry has it."""
    docker, image = Docker(stop), collector_image()
    if not docker.image_id(image):
        return None
    copied = f"{target.registry}/of-this-machine/{image.rpartition('/')[2]}"
    docker.run("tag", image, copied)
    docker.run("push", "--quiet", copied)
    return copied
