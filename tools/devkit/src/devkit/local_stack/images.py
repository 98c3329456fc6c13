"""Local images that stand for the registered ones.

The stack takes images by digest, from ECR only. A local image has no digest until it is pushed, so its id is used instead: another image is then
another task definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobdeploy.images.collector import COLLECTOR
from localaws.aws import REGION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localaws.docker import Docker

ACCOUNT = "123456789012"
"""moto's."""
BASE = "base"
WITH_A_VARIABLE = ("main-job", "background-job", COLLECTOR)
"""Images with a variable of their own in the stack; those of further services are in its map `service_images`."""
_REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


@dataclass(frozen=True)
class Pictures:
    """`values` are the stack's variables; `local`: registered image -> local image."""

    values: Mapping[str, Any]
    local: Mapping[str, str]


def find_pictures(docker: Docker, tags: Mapping[str, str], collector: str, project: str) -> Pictures:
    """`tags`: service -> local tag, as `build_images` gives them. The collector is pulled if it is missing.

    Raises:
        DockerFailed: an image is not there and cannot be pulled.
    """
    _pull_if_missing(docker, collector)
    wanted = {name: tag for name, tag in tags.items() if name != BASE} | {COLLECTOR: collector}
    registered = {name: f"{_REGISTRY}/{project}/{name}@{_id(docker, tag)}" for name, tag in wanted.items()}
    local = {registered[name]: tag for name, tag in wanted.items()}
    own = {f"{name.replace('-', '_')}_image": registered.pop(name) for name in WITH_A_VARIABLE}
    return Pictures({**own, "service_images": registered}, local)


def _id(docker: Docker, image: str) -> str:
    return docker.run("image", "inspect", "--format", "{{.Id}}", image).strip()


def _pull_if_missing(docker: Docker, image: str) -> None:
    if not docker.run("images", "--quiet", image).strip():
        docker.run("pull", "--quiet", image)
