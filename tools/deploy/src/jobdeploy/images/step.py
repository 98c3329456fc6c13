"""The step that makes a deployment's images, with the options of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobctl.environment.images import COLLECTOR
from jobdeploy.image_set import ImageSet
from jobdeploy.images import registry
from jobdeploy.images.declaration import find_declaration
from jobdeploy.images.docker import Docker
from jobdeploy.images.gate import gate
from jobdeploy.images.pushing import push_images
from jobdeploy.images.sources import BASE, check_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from jobctl.stop import StopSignals
    from jobdeploy.image_set import Images
    from jobdeploy.images.declaration import Declaration
    from jobdeploy.images.pushing import Pushed
    from jobdeploy.progress import Progress
    from jobdeploy.target import DeployTarget


@dataclass(frozen=True)
class ImageStep:
    """An `ImageSource`. `names`: None for all, with the collector. `without_scan`: the scan's result is not awaited."""

    names: Collection[str] | None = None
    without_scan: bool = False

    def push(self, target: DeployTarget, stop: StopSignals, progress: Progress) -> Images:
        """Images in the registry; returns the stack's variables that name them."""
        check_names(target.repository, self.names or (), COLLECTOR)
        pushed = push_images(target, stop, progress, self.names)
        return stack_variables(target, pushed)

    def gate(self, target: DeployTarget, images: Images, stop: StopSignals, progress: Progress) -> None:
        """Return when every image passes."""
        gate(target, images, stop, progress, without_scan=self.without_scan)

    def declared(
        self, target: DeployTarget, references: Mapping[str, str], stop: StopSignals
    ) -> dict[str, Declaration | None]:
        """What each of these images says of its settings."""
        with registry.logged_in(target) as environ:
            docker, here = Docker(stop, environ), target.registry or target.ecr
            return {
                name: find_declaration(docker, reference.replace(target.ecr, here, 1))
                for name, reference in references.items()
            }


def stack_variables(target: DeployTarget, pushed: Iterable[Pushed]) -> Images:
    """The base is deployed only as a part of the services."""
    references = {one.name: f"{target.ecr}/{target.project}/{one.name}@{one.digest}" for one in pushed}
    return ImageSet({name: reference for name, reference in references.items() if name != BASE}).variables()
