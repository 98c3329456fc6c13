"""Build of one image by `docker build`, unless an image of the very same content exists.

An image is known by a tag that contains the hash of what it is built from, so a tag never means two contents. A local image has no digest: only a
registry makes one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobdeploy.docker import DockerFailed
from jobdeploy.docker.program import end
from jobdeploy.image_build.labels import label_arguments

if TYPE_CHECKING:
    from jobctl.stop import StopSignals
    from jobdeploy.docker import Docker
    from jobdeploy.image_build.context import Context
    from jobdeploy.image_build.labels import Source
    from jobdeploy.image_build.machine import Machine
    from jobdeploy.image_build.workspace import Package

LOOK_SECONDS = 0.05
END_SECONDS = 5.0
SHOWN_LINES = 40
ENVIRON = {
    "DOCKER_BUILDKIT": "1",  # 20.10 has it, but has to be told
    "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",  # provenance would make an index of a single image
}


@dataclass(frozen=True)
class DockerBuild:
    """Builds for one machine and one revision. `platform` as docker has it ("linux/arm64"), else the engine's own; `arguments` are added to every
    `docker build` (`--label`, `--builder`, `--push`, more `--tag`).
    """

    docker: Docker
    stop: StopSignals
    machine: Machine
    source: Source
    platform: str | None = None
    arguments: Sequence[str] = ()

    def build(
        self, context: Context, package: Package, project: str, arguments: Sequence[str], origin: str = ""
    ) -> tuple[str, bool]:
        """The image's tag, `{project}/{package}:{hash}`, and whether it was built now. `origin`: what else decides the content.

        Raises:
            DockerFailed: with the end of what the build wrote.
            NoDocker: there is no docker, or its engine does not answer.
            Stopped: somebody asked us to end.
        """
        title = f"{project}/{package.name}"
        tag = f"{title}:{context.content_hash(*arguments, origin, self.platform or '', *self.arguments)}"
        if self.image_id(tag):
            return tag, False
        self.run(context, "--tag", tag, *arguments, *label_arguments(title, package.version, self.source))
        return tag, True

    def run(self, context: Context, *arguments: str) -> None:
        """Run `docker build`, ended when a stop is requested; raises as `build`."""
        platform = [] if self.platform is None else ["--platform", self.platform]
        command = ["build", "--progress=plain", *platform, *self.machine.arguments(), *self.arguments, *arguments]
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            process = self.docker.start(*command, str(context.folder), stdout=said, env=ENVIRON)
            try:
                while process.poll() is None:
                    self.stop.wait(LOOK_SECONDS)
            finally:
                code = end(process, END_SECONDS)
            if code:
                said.seek(0)
                last = "".join(f"  {line}" for line in said.readlines()[-SHOWN_LINES:])
                raise DockerFailed(f"docker {' '.join(command)}\n  ended with exit code {code}:\n{last}")

    def image_id(self, reference: str) -> str:
        """Id of an image on this machine; empty where there is none. Raises NoDocker."""
        try:
            return self.docker.run("image", "inspect", "--format", "{{.Id}}", reference).strip()
        except DockerFailed:
            return ""

    def python_arguments(self) -> list[str]:
        """Build arguments for another public image than the Dockerfile's, where one is set (JOBS_PYTHON_IMAGE)."""
        image = self.machine.python_image
        return [] if image is None else ["--build-arg", f"PYTHON_IMAGE={image}"]

    def python_id(self) -> str:
        """Id of the present public image: a name without a digest may come to mean another one."""
        image = self.machine.python_image
        return "" if image is None else self.image_id(image)
