"""The step `pictures` for a target on this machine: images go to the local registry and are entered in the local ECR.

Otherwise it is the step itself: what it builds, pushes and judges is what would be pushed to AWS.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.local_deploy.ecr import tell_ecr
from jobdeploy import images
from jobdeploy.images import read_record
from jobdeploy.images.record import FILE

if TYPE_CHECKING:
    from pathlib import Path

    from jobctl.environment.target import Images, Target
    from jobctl.stop import StopSignals
    from jobdeploy.image_build.labels import Source
    from jobdeploy.progress import Progress


@dataclass(frozen=True)
class LocalPictures:
    """`folder`: for images.json and SBOMs. `scans`: what a scan of an image finds, as ECR's `findings`; nothing where it is not named. `source`: of
    the images, where it is not to be read from git.
    """

    folder: Path
    scans: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    source: Source | None = None

    def build(
        self,
        target: Target,
        stop: StopSignals,
        progress: Progress,
        *,
        names: Collection[str] | None = None,
        both: bool = False,
    ) -> object:
        """As `pictures.build`."""
        return images.build(target, stop, progress, names=names, both=both, folder=self.folder, source=self.source)

    def push(
        self,
        target: Target,
        stop: StopSignals,
        progress: Progress,
        *,
        names: Collection[str] | None = None,
        both: bool = False,
    ) -> Images:
        """As `pictures.push`; then the local ECR knows the digests."""
        variables = images.push(target, stop, progress, names=names, both=both, folder=self.folder, source=self.source)
        tell_ecr(target, read_record(self.folder / FILE).values(), self.scans)
        return variables

    def gate(
        self,
        target: Target,
        variables: Mapping[str, Any],
        stop: StopSignals,
        progress: Progress,
        *,
        without_scan: bool = False,
    ) -> None:
        """As `pictures.gate`."""
        images.gate(target, variables, stop, progress, without_scan=without_scan)
