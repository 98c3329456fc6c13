"""The step `pictures` with the options of one run: which images, which architectures, and whether the scan is awaited."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobdeploy.images.collector import COLLECTOR

if TYPE_CHECKING:
    from pathlib import Path

    from jobctl.environment.target import Images, Target
    from jobctl.stop import StopSignals
    from jobdeploy.progress import Progress
    from jobdeploy.steps import Capable


@dataclass(frozen=True)
class Wishes:
    """Options of a run on images. `names`: None for all, with the collector. `both`: CPU architectures, where the builder can.

    `without_scan`: the scan's result is not awaited.
    """

    names: Collection[str] | None = None
    both: bool = False
    without_scan: bool = False


@dataclass(frozen=True)
class WishedPictures:
    """A `steps.Pictures` that passes the options on to the step."""

    step: Capable
    wishes: Wishes

    def build(self, target: Target, stop: StopSignals, progress: Progress) -> object:
        """As the step's own."""
        return self.step.build(target, stop, progress, names=self.wishes.names, both=self.wishes.both)

    def push(self, target: Target, stop: StopSignals, progress: Progress) -> Images:
        """As the step's own."""
        return self.step.push(target, stop, progress, names=self.wishes.names, both=self.wishes.both)

    def gate(self, target: Target, images: Images, stop: StopSignals, progress: Progress) -> None:
        """As the step's own."""
        self.step.gate(target, images, stop, progress, without_scan=self.wishes.without_scan)


def wished_names(repository: Path, images: Sequence[str], *, pushed: bool) -> set[str]:
    """Image names. The collector, which is copied and not built, belongs to a push alone: by its name, or where none was named.

    Raises:
        UsageError: a name that is no image.
    """
    from jobdeploy.images import choose_images

    collector = {COLLECTOR} if pushed and (COLLECTOR in images or not images) else set()
    built = [name for name in images if name not in collector]
    if images and not built:
        return collector
    return choose_images(repository, built) | collector
