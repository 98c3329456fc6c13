"""Measurements of all images. Takes a minute: every layer is compressed, every service started three times."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.image_sizes.first_receive import first_receive
from devkit.image_sizes.saved import open_to_all, read_saved
from jobctl.checkout import REPOSITORY
from jobdeploy.image_build.build import BASE
from jobdeploy.image_build.context import make_context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.image_sizes.saved import Layer
    from jobdeploy.image_build.docker_build import DockerBuild
    from jobdeploy.progress import Progress

PYTHON_STAGE = "python"
"""The stage of base.Dockerfile that is the public image as it is."""
SAVE_SECONDS = 600.0


@dataclass(frozen=True)
class Measured:
    """One image. Bytes as a registry stores them. `below`: the image that it stands on; `seconds`: to the first receive, of a service."""

    name: str
    below_bytes: int
    own_bytes: int
    open_to_all: tuple[str, ...]
    seconds: float | None = None


def measure(build: DockerBuild, progress: Progress, tags: Mapping[str, str]) -> list[Measured]:
    """Measure the base, then the services.

    Raises:
        NoDocker, DockerFailed, NoReceive: the text says what went wrong.
        Stopped: somebody asked us to end.
    """
    with progress.step("sizes and modes"):
        layers = _layers(build, tags)
    found = [_measured(BASE, layers[PYTHON_STAGE], layers[BASE])]
    for name in [name for name in tags if name != BASE]:
        with progress.step(f"first receive of {name}, three times"):
            seconds = first_receive(build.docker, build.stop, tags[name], name)
        found.append(_measured(name, layers[BASE], layers[name], seconds))
    return found


def _layers(build: DockerBuild, tags: Mapping[str, str]) -> dict[str, tuple[Layer, ...]]:
    with tempfile.TemporaryDirectory(prefix="images-") as folder:
        # The builder keeps the public image to itself; as the target of a build it gets a name.
        public = f"{tags[BASE].rpartition(':')[0].rpartition('/')[0]}/{PYTHON_STAGE}:of-{tags[BASE].rpartition(':')[2]}"
        context = make_context(Path(folder, PYTHON_STAGE), REPOSITORY, "base.Dockerfile", "")
        build.run(context, f"--target={PYTHON_STAGE}", f"--tag={public}", *build.python_arguments())
        wanted = {PYTHON_STAGE: public, **tags}
        archive = Path(folder, "images.tar")
        build.docker.run("save", f"--output={archive}", *wanted.values(), timeout=SAVE_SECONDS)
        build.docker.run("rmi", public)
        saved = read_saved(archive, build.stop.check)
    return {name: saved[tag] for name, tag in wanted.items()}


def _measured(name: str, below: tuple[Layer, ...], layers: tuple[Layer, ...], seconds: float | None = None) -> Measured:
    there = {layer.name for layer in below}
    own = sum(layer.compressed_bytes for layer in layers if layer.name not in there)
    under = sum(layer.compressed_bytes for layer in layers if layer.name in there)
    return Measured(name, under, own, tuple(open_to_all(layers)), seconds)
