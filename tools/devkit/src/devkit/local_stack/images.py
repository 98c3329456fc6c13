"""Registered names of local images.

The stack takes images by digest, from ECR only. A local image has no digest until it is pushed, so its id stands there: another image is then
another task definition, and the name alone says which local image it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobctl.environment.images import COLLECTOR
from jobdeploy.image_set import ImageSet
from jobdeploy.images.sources import BASE
from localaws.aws import REGION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localaws.docker import Docker

ACCOUNT = "123456789012"
"""moto's."""
_REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


def image_values(docker: Docker, tags: Mapping[str, str], collector: str, project: str) -> Mapping[str, Any]:
    """The stack's variables. `tags`: service -> local tag, as `build_images` gives them. The collector is pulled if it is missing.

    Raises:
        DockerFailed: an image is not there and cannot be pulled.
    """
    _pull_if_missing(docker, collector)
    wanted = {name: tag for name, tag in tags.items() if name != BASE} | {COLLECTOR: collector}
    registered = {name: registered_image(docker, f"{_REGISTRY}/{project}/{name}", tag) for name, tag in wanted.items()}
    return ImageSet(registered).variables()


def registered_image(docker: Docker, repository: str, tag: str) -> str:
    """The registered name of the local image that has this tag now."""
    return f"{repository}@{docker.run('image', 'inspect', '--format', '{{.Id}}', tag).strip()}"


def local_image(registered: str) -> str:
    """The local image, by its id."""
    return registered.rpartition("@")[2]


def _pull_if_missing(docker: Docker, image: str) -> None:
    if not docker.run("images", "--quiet", image).strip():
        docker.run("pull", "--quiet", image)
