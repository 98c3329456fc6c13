"""Record of the images that were deployed together and found working; the caller holds the deployment's lock.

One object beside the environment's state. ECS's own list of service deployments would not do: it knows each service alone, so not which versions
belong together, and it calls a deployment successful whose smoke test failed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobctl.environment.image_tags import image_tags
from jobctl.errors import CommandError
from jobdeploy.image_set import ImageSet

if TYPE_CHECKING:
    from jobdeploy.image_set import Images
    from jobdeploy.target import DeployTarget

KEPT = 50
"""Deployments in the object; the bucket's versions hold older ones."""


@dataclass(frozen=True)
class Recorded:
    """One deployment that worked. `at`: UTC, ISO 8601."""

    at: str
    images: Images


def key_of(environment: str) -> str:
    """The object's, in the bucket of the states."""
    return f"{environment}/deployments.json"


def record(target: DeployTarget, images: Images) -> None:
    """Record these images, which `previous` may return from now on. If they are recorded already, later records, which were given up, are removed.

    Raises:
        botocore.exceptions.ClientError: no permission.
    """
    known = recorded(target)
    earlier = next((at for at, one in enumerate(known) if _same(one.images, images)), len(known))
    if earlier == len(known) - 1:
        return
    del known[earlier:]
    known.append(Recorded(datetime.now(UTC).isoformat(timespec="seconds"), images))
    body = json.dumps([{"at": one.at, "images": one.images} for one in known[-KEPT:]], indent=2)
    target.clients("s3").put_object(
        Bucket=target.state_bucket,
        Key=key_of(target.environment),
        Body=body.encode(),
        ContentType="application/json",
    )


def previous(target: DeployTarget, given_up: Images) -> Images:
    """The images of the newest recorded deployment that differ from `given_up`, which are the ones that Terraform registered last.

    Raises:
        CommandError: there is none, or the registry does not have them any more.
        botocore.exceptions.ClientError: no permission.
    """
    for one in reversed(recorded(target)):
        if not _same(one.images, given_up):
            _check_they_exist(target, one)
            return one.images
    raise CommandError(
        f"No other deployment of {target.name} is on record: there is nothing to go back to.",
        "deploy an older revision: check it out, then `nox -s deploy`",
    )


def recorded(target: DeployTarget) -> list[Recorded]:
    """The oldest first; empty where nothing was deployed.

    Raises:
        botocore.exceptions.ClientError: no bucket, no permission.
    """
    s3 = target.clients("s3")
    try:
        answer: Any = s3.get_object(Bucket=target.state_bucket, Key=key_of(target.environment))
    except s3.exceptions.NoSuchKey:
        return []
    return [Recorded(one["at"], one["images"]) for one in json.loads(answer["Body"].read())]


def _same(one: Images, other: Images) -> bool:
    return not ImageSet.of(one).differing(ImageSet.of(other)) and _collector(one) == _collector(other)


def _collector(images: Images) -> Any:
    return images.get("collector_image")


def _check_they_exist(target: DeployTarget, one: Recorded) -> None:
    gone = [
        reference for reference in ImageSet.of(one.images).by_name.values() if image_tags(target, reference) is None
    ]
    if gone:
        raise CommandError(
            f"The images of the deployment of {one.at} are not in the registry any more: {', '.join(sorted(gone))}.",
            "build them again: check their revision out, then `nox -s deploy`",
        )
