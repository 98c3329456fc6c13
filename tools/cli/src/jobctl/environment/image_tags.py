"""Tags of an image that a task definition names by digest, read from ECR or from the local registry that replaces it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobctl.environment.target import Target

SECONDS = 30.0
_KINDS = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.index.v1",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.list.v2",
        "docker.distribution.manifest.v2",
    )
)
"""https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests"""
_NOT_FOUND = 404


def image_tags(target: Target, reference: str) -> list[str] | None:
    """Tags of `HOST/REPOSITORY@DIGEST`, releases first; None where the registry does not have the image (any more)."""
    name, _, digest = reference.partition("@")
    if not digest or not name.startswith(f"{target.ecr}/"):
        return None  # another registry's
    repository = name.partition("/")[2]
    found = (
        _in_registry(target.registry, repository, digest) if target.registry else _in_ecr(target, repository, digest)
    )
    return None if found is None else sorted(found, key=lambda tag: (tag.startswith("content-"), tag))


def _in_ecr(target: Target, repository: str, digest: str) -> list[str] | None:
    ecr = target.clients("ecr")
    try:
        (image,) = ecr.describe_images(repositoryName=repository, imageIds=[{"imageDigest": digest}])["imageDetails"]
    except (ecr.exceptions.ImageNotFoundException, ecr.exceptions.RepositoryNotFoundException):
        return None
    return list(image.get("imageTags", ()))


def _in_registry(registry: str, repository: str, digest: str) -> list[str] | None:
    if _digest_of(registry, repository, digest) is None:
        return None
    with _open(registry, f"{repository}/tags/list") as answer:
        tags = json.load(answer).get("tags") or []
    return [tag for tag in tags if _digest_of(registry, repository, tag) == digest]


def _digest_of(registry: str, repository: str, tag: str) -> str | None:
    try:
        with _open(registry, f"{repository}/manifests/{tag}", method="HEAD") as answer:
            found: str | None = answer.headers["Docker-Content-Digest"]
            return found
    except urllib.error.HTTPError as error:
        if error.code == _NOT_FOUND:
            return None
        raise


def _open(registry: str, path: str, method: str = "GET") -> Any:
    request = urllib.request.Request(f"http://{registry}/v2/{path}", headers={"Accept": _KINDS}, method=method)
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=SECONDS)
