"""Entries in the local ECR for the images that were pushed to the registry beside it.

moto keeps images in memory and has no registry; ours is a program of its own. So each digest is put into moto's ECR under its real digest, for
DescribeImages, BatchGetImage and the scan gate. moto scans nothing: unless a test says otherwise, a scan has found nothing.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from devkit.loopback import OPENER

if TYPE_CHECKING:
    from jobdeploy.images.pushing import Pushed
    from jobdeploy.target import DeployTarget

MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
ANSWER_SECONDS = 30.0


def tell_ecr(
    target: DeployTarget, pushed: Iterable[Pushed], scans: Mapping[str, Sequence[Mapping[str, Any]]] | None = None
) -> None:
    """Put each image into the local ECR by digest. `scans`: image to what its scan finds (`findings` as ECR has them).

    Raises:
        OSError: the registry or the local AWS does not answer.
        ClientError: the local ECR has no such repository.
    """
    for one in pushed:
        repository = f"{target.project}/{one.name}"
        _tell(target, repository, one.digest, one.tag)
        _say_scanned(target, repository, one.digest, (scans or {}).get(one.name, ()))


def _tell(target: DeployTarget, repository: str, digest: str, tag: str) -> None:
    ecr = target.clients("ecr")
    manifest, media_type = _manifest(f"http://{target.registry}/v2/{repository}/manifests/{digest}")
    with suppress(ecr.exceptions.ImageAlreadyExistsException):
        ecr.put_image(
            repositoryName=repository,
            imageManifest=manifest,
            imageManifestMediaType=media_type,
            imageTag=tag,
            imageDigest=digest,
        )


def _say_scanned(target: DeployTarget, repository: str, digest: str, findings: Sequence[Mapping[str, Any]]) -> None:
    """Set what DescribeImageScanFindings answers for it once a scan was requested. http://docs.getmoto.org/en/latest/docs/services/ecr.html"""
    scan = {
        "repositoryName": repository,
        "imageId": {"imageDigest": digest},
        "imageScanStatus": {"status": "COMPLETE", "description": "The scan was completed successfully."},
        "imageScanFindings": {"imageScanCompletedAt": datetime.now(UTC).timestamp(), "findings": list(findings)},
    }
    body = json.dumps({"results": [scan], "region": target.region, "account_id": target.account}).encode()
    address = f"{target.endpoint_url}/moto-api/static/ecr/scan-finding-results"
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310 (loopback)
    with OPENER.open(request, timeout=ANSWER_SECONDS):
        pass


def _manifest(address: str) -> tuple[str, str]:
    request = urllib.request.Request(address, headers={"Accept": ", ".join(MANIFESTS)})  # noqa: S310 (loopback)
    with OPENER.open(request, timeout=ANSWER_SECONDS) as answer:
        return answer.read().decode(), answer.headers["Content-Type"]
