"""Inputs of every image, and the build of one image for one platform; `jobdeploy.image_build` does the building."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jobdeploy.image_build.build import BASE, base_context, service_context
from jobdeploy.image_build.docker_build import DockerBuild
from jobdeploy.image_build.labels import Source
from jobdeploy.image_build.machine import Machine
from jobdeploy.image_build.workspace import Workspace
from jobdeploy.images.platforms import Builder, read_builder
from jobdeploy.images.remote import CONTENT

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from jobctl.stop import StopSignals
    from jobdeploy.docker import Docker
    from jobdeploy.image_build.context import Context
    from jobdeploy.image_build.workspace import Package

ANSWER_SECONDS = 60.0


@dataclass(frozen=True)
class Recipe:
    """All that determines the content of one image, except its base and its platforms."""

    package: Package
    context: Context
    arguments: tuple[str, ...] = ()
    origin: str = ""

    def content(self, platforms: Sequence[str], base: str = "") -> str:
        """The hash of all inputs. `base`: its digest. The revision is left out: the same content at a later revision is the same image."""
        return self.context.content_hash(*self.arguments, self.origin, base, *platforms)


@dataclass(frozen=True)
class Workshop:
    """Builds images of one revision of one checkout, with one builder."""

    build: DockerBuild
    builder: Builder
    workspace: Workspace

    @classmethod
    def read(
        cls,
        docker: Docker,
        stop: StopSignals,
        repository: Path,
        source: Source | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> Workshop:
        """Raises BadSetting, NoDocker, DockerFailed."""
        build = DockerBuild(docker, stop, Machine.read(environ), source or Source.read(repository))
        builder = read_builder(docker.run("buildx", "inspect", timeout=ANSWER_SECONDS))
        return cls(build, builder, Workspace.read(repository))

    @contextmanager
    def recipes(self, services: Collection[str] | None = None) -> Iterator[dict[str, Recipe]]:
        """Recipes of the base, which is first, and of the services (None: of all); their build contexts are on disk until this is left.

        Raises:
            UvFailed, Conflict, NoDocker: the text says what is wrong.
            Stopped: somebody asked us to end.
        """
        with tempfile.TemporaryDirectory(prefix="images-") as folder:
            base = base_context(self.workspace, Path(folder, BASE))
            made = {
                BASE: Recipe(self.workspace.library, base, tuple(self.build.python_arguments()), self.build.python_id())
            }
            for service in self.workspace.services:
                if services is None or service.name in services:
                    self.build.stop.check()
                    context = service_context(self.workspace, service, Path(folder, service.name), base)
                    made[service.name] = Recipe(service, context)
            yield made

    def make(self, recipe: Recipe, platform: str, base: str | None = None, content: str = "") -> tuple[str, bool]:
        """Build an image; returns its tag on this machine, and whether it was built now.

        `base`: the image that a service stands on; `content`: becomes a label.

        Raises:
            NoDocker, DockerFailed: the text says what is wrong.
            Stopped: somebody asked us to end.
        """
        on_base = [] if base is None else ["--build-arg", f"BASE={base}"]
        # As options and not only as build arguments they decide the local tag too: an image of an earlier revision is not taken for ours.
        labels = [f"--label=org.opencontainers.image.revision={self.build.source.revision}"]
        labels += [f"--label={CONTENT}={content}"] if content else []
        build = replace(self.build, platform=platform, arguments=(*self.builder.arguments, *labels))
        return build.build(
            recipe.context, recipe.package, self.workspace.project, [*recipe.arguments, *on_base], recipe.origin
        )
