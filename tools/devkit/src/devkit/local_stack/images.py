"""Local images that stand for the registered ones.

The stack takes images by digest, from ECR only. A local image has no digest until it is pushed, so its id is used instead: another image is then
another task definition.
"""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class LocalImages:
    """`values` are the stack's variables; `local`: registered image -> local image."""

    values: Mapping[str, Any]
    local: Mapping[str, str]


def find_images(docker: Docker, tags: Mapping[str, str], collector: str, project: str) -> LocalImages:
    """`tags`: service -> local tag, as `build_images` gives them. The collector is pulled if it is missing.

    Raises:
        DockerFailed: an image is not there and cannot be pulled.
    """
    _pull_if_missing(docker, collector)
    wanted = {name: tag for name, tag in tags.items() if name != BASE} | {COLLECTOR: collector}
    registered = {name: f"{_REGISTRY}/{project}/{name}@{_id(docker, tag)}" for name, tag in wanted.items()}
    local = {registered[name]: tag for name, tag in wanted.items()}
    return LocalImages(ImageSet(registered).variables(), local)


def _id(docker: Docker, image: str) -> str:
    return docker.run("image", "inspect", "--format", "{{.Id}}", image).strip()


def _pull_if_missing(docker: Docker, image: str) -> None:
    if not docker.run("images", "--quiet", image).strip():
        docker.run("pull", "--quiet", image)
