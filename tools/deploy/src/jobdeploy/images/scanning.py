"""Scan of one pushed digest: requested where there is none of the last day, and awaited.

With `scan_on_push` the scan is on its way already; the scan of an image that was found instead of pushed may be months old, and lack what became
known since. https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-basic.html: an image can be scanned once in 24 hours.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from jobctl.errors import CommandError
from jobdeploy.images.findings import UNSUPPORTED, not_looked_into, read_findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobctl.stop import StopSignals
    from jobdeploy.scan.exceptions import Finding

FRESH = timedelta(hours=24)
FIRST_LOOK_SECONDS, LOOK_SECONDS = 0.1, 5.0
"""Doubled from one to the other: a scan takes seconds or minutes."""
_RUNNING = {"IN_PROGRESS", "PENDING"}
_ENDED = "COMPLETE"
_WATCHED = "ACTIVE"
"""Enhanced scanning has looked, and looks again by itself."""
_NEVER = "UnsupportedImageTypeException"
_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


@dataclass(frozen=True)
class Scans:
    """Scans of one registry. `limit_seconds`: for one image."""

    ecr: Any
    stop: StopSignals
    limit_seconds: float = 600.0
    first_look_seconds: float = FIRST_LOOK_SECONDS

    def parts(self, repository: str, digest: str) -> list[str]:
        """The digests that are scanned: for an index those of its images, since an index itself is not scanned.

        Raises:
            CommandError: the registry does not have it.
            ClientError: as AWS has it.
        """
        wanted = [{"imageDigest": digest}]
        said = self.ecr.batch_get_image(
            repositoryName=repository, imageIds=wanted, acceptedMediaTypes=[*_INDEXES, *_MANIFESTS]
        )
        if not said["images"]:
            why = "; ".join(one.get("failureReason", "") for one in said.get("failures", ())) or "it is not there"
            raise CommandError(f"ECR has no {repository}@{digest}: {why}.", "Push it: nox -s push.")
        manifest = json.loads(said["images"][0]["imageManifest"])
        inner = [one for one in manifest.get("manifests", ()) if one.get("platform", {}).get("os") != "unknown"]
        return [one["digest"] for one in inner] or [digest]

    def findings(self, repository: str, digest: str) -> list[Finding]:
        """Findings of one image, from a scan that is not older than a day.

        Raises:
            CommandError: no scan came, or it failed: the image is not judged.
            ClientError: as AWS has it.
            Stopped: somebody asked us to end.
        """
        from botocore.exceptions import ClientError  # 0.1 s: not for --help

        place = f"{repository}@{digest}"
        image = {"repositoryName": repository, "imageId": {"imageDigest": digest}}
        deadline = time.monotonic() + self.limit_seconds
        asked, refused, pause = False, False, self.first_look_seconds
        while True:
            page = self._page(image)
            status = page.get("imageScanStatus", {})
            state = status.get("status", "")
            if state == UNSUPPORTED:
                return [not_looked_into(place, status.get("description", ""))]
            if state == _WATCHED or (state == _ENDED and (refused or _fresh(page))):
                return self._all(image, page, place)
            if state not in _RUNNING and not asked:  # none, one of long ago, or one that failed
                asked = True
                try:
                    refused = not self._start(image)
                except ClientError as error:
                    if error.response["Error"]["Code"] != _NEVER:
                        raise
                    return [not_looked_into(place, error.response["Error"]["Message"])]
                if refused and state == _ENDED:
                    continue
            elif state not in (*_RUNNING, _ENDED, ""):
                raise CommandError(
                    f"The scan of {place} ended with {state}: {status.get('description') or 'without a reason'}.",
                    "An image that was not scanned is not deployed. ECR scans an image once in 24 hours: run the same command again then.",
                )
            if time.monotonic() >= deadline:
                raise CommandError(
                    f"The scan of {place} did not end in {self.limit_seconds:.0f} s; {state or 'there is none'}.",
                    "An image that was not scanned is not deployed. Run the same command again: it waits for the same scan.",
                )
            self.stop.wait(pause)
            pause = min(2 * pause, LOOK_SECONDS)

    def _page(self, image: Mapping[str, Any], token: str = "") -> dict[str, Any]:
        """One page of findings; empty where there is no scan."""
        more = {"nextToken": token} if token else {}
        try:
            page: dict[str, Any] = self.ecr.describe_image_scan_findings(**image, **more)
        except self.ecr.exceptions.ScanNotFoundException:
            return {}
        return page

    def _start(self, image: Mapping[str, Any]) -> bool:
        """Request a scan. False: ECR refused, since it has scanned today (LimitExceeded) or scans by itself (Validation)."""
        try:
            self.ecr.start_image_scan(**image)
        except (self.ecr.exceptions.LimitExceededException, self.ecr.exceptions.ValidationException):
            return False
        return True

    def _all(self, image: Mapping[str, Any], page: dict[str, Any], place: str) -> list[Finding]:
        found = [*read_findings(page, place)]
        while token := page.get("nextToken", ""):
            self.stop.check()
            page = self._page(image, token)
            found += read_findings(page, place)
        return found


def _fresh(page: Mapping[str, Any]) -> bool:
    ended = page.get("imageScanFindings", {}).get("imageScanCompletedAt")
    return ended is not None and datetime.now(UTC) - ended < FRESH
