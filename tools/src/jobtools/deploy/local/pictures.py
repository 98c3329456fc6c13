"""The step `pictures` for a target on this machine: images go to the local registry and are entered in the local ECR.

Otherwise it is the step itself: what it builds, pushes and judges is what would be pushed to AWS.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobtools.deploy import pictures
from jobtools.deploy.local.ecr import tell_ecr
from jobtools.deploy.pictures import read_record
from jobtools.deploy.pictures.record import FILE

if TYPE_CHECKING:
    from pathlib import Path

    from jobtools.deploy.steps import Images
    from jobtools.deploy.target import Target
    from jobtools.images.labels import Source
    from jobtools.infra.progress import Progress
    from jobtools.local.stop import StopSignals


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
        return pictures.build(target, stop, progress, names=names, both=both, folder=self.folder, source=self.source)

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
        images = pictures.push(target, stop, progress, names=names, both=both, folder=self.folder, source=self.source)
        tell_ecr(target, read_record(self.folder / FILE).values(), self.scans)
        return images

    def gate(
        self,
        target: Target,
        images: Mapping[str, Any],
        stop: StopSignals,
        progress: Progress,
        *,
        without_scan: bool = False,
    ) -> None:
        """As `pictures.gate`."""
        pictures.gate(target, images, stop, progress, without_scan=without_scan)
