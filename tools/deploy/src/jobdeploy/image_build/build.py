"""Build of all images: the base, then every service on it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from jobctl.checkout import REPOSITORY
from jobdeploy.image_build.context import Context, make_context
from jobdeploy.image_build.docker_build import DockerBuild
from jobdeploy.image_build.labels import Source
from jobdeploy.image_build.machine import Machine
from jobdeploy.image_build.requirements import difference
from jobdeploy.image_build.uv import build_wheel, export_requirements
from jobdeploy.image_build.workspace import Package, Workspace

if TYPE_CHECKING:
    from jobctl.stop import StopSignals
    from jobdeploy.docker import Docker
    from jobdeploy.progress import Progress

BASE = "base"


def build_images(
    docker: Docker,
    stop: StopSignals,
    progress: Progress,
    *,
    repository: Path = REPOSITORY,
    build: DockerBuild | None = None,
) -> dict[str, str]:
    """The tags of "base" and of every service by its name, built where they are missing. `build`: instead of one for this machine's settings.

    Raises:
        BadSetting, Conflict, UvFailed, NoDocker, DockerFailed: the text says what is wrong.
        Stopped: somebody asked us to end; what was built stays, and is found the next time.
    """
    build = build or DockerBuild(docker, stop, Machine.read(os.environ), Source.read(repository))
    workspace = Workspace.read(repository)
    tags: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="images-") as folder:
        with progress.step(f"image {BASE}") as notes:
            base = base_context(workspace, Path(folder, BASE))
            arguments, origin = build.python_arguments(), build.python_id()
            tags[BASE], new = build.build(base, workspace.library, workspace.project, arguments, origin)
            notes.append(_told(tags[BASE], new=new))
        for service in workspace.services:
            stop.check()
            with progress.step(f"image {service.name}") as notes:
                context = service_context(workspace, service, Path(folder, service.name), base)
                on_base = ["--build-arg", f"BASE={tags[BASE]}"]
                tags[service.name], new = build.build(context, service, workspace.project, on_base)
                notes.append(_told(tags[service.name], new=new))
    return tags


def base_context(workspace: Workspace, folder: Path) -> Context:
    """The base's build context: everything that the library needs, and the library."""
    requirements = export_requirements(workspace.folder, workspace.library.distribution)
    context = make_context(folder, workspace.folder, "base.Dockerfile", requirements)
    build_wheel(workspace.folder, workspace.library.distribution, context.wheels)
    return context


def service_context(workspace: Workspace, service: Package, folder: Path, base: Context) -> Context:
    """A service's build context: what it needs beyond the base, and the service."""
    requirements = difference(export_requirements(workspace.folder, service.distribution), base.requirements())
    context = make_context(folder, workspace.folder, "service.Dockerfile", requirements)
    build_wheel(workspace.folder, service.distribution, context.wheels)
    return context


def _told(tag: str, *, new: bool) -> str:
    return tag if new else f"{tag}, was there"
