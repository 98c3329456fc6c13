"""Tags of an image that a task definition names by digest, read from ECR."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobctl.environment.target import Target


def image_tags(target: Target, reference: str) -> list[str] | None:
    """Tags of `HOST/REPOSITORY@DIGEST`, releases first; None where ECR does not have the image (any more)."""
    name, _, digest = reference.partition("@")
    if not digest or not name.startswith(f"{target.ecr}/"):
        return None  # another registry's
    ecr = target.clients("ecr")
    try:
        (image,) = ecr.describe_images(repositoryName=name.partition("/")[2], imageIds=[{"imageDigest": digest}])[
            "imageDetails"
        ]
    except (ecr.exceptions.ImageNotFoundException, ecr.exceptions.RepositoryNotFoundException):
        return None
    return sorted(image.get("imageTags", ()), key=lambda tag: (tag.startswith("content-"), tag))
