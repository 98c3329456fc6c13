"""Images in the registry, read from the registry itself: the digest that an engine keeps is only that of its last push.

`docker buildx imagetools` is used, since it has docker's credentials and speaks to every registry, and since it copies from registry to registry
without changing a byte: a digest stays the digest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobctl.errors import DeployError
from jobdeploy.docker import DockerFailed
from jobdeploy.images.command import run

if TYPE_CHECKING:
    from jobctl.stop import StopSignals
    from jobdeploy.docker import Docker

CONTENT = "jobs.content"
"""Our label: the hash of what an image was built from."""
_ABSENT = re.compile(r": not found$|manifest unknown|name unknown", re.MULTILINE | re.IGNORECASE)
"""A credential helper that is not there is `executable file not found in $PATH`: no answer of a registry."""


@dataclass(frozen=True)
class Found:
    """`platforms`: docker's names to digests where it is an index, else empty. `labels` of one of its images (ours are the same in all)."""

    digest: str
    platforms: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Remote:
    """A registry, used with the credentials of `docker`."""

    docker: Docker
    stop: StopSignals

    def find(self, reference: str) -> Found | None:
        """Look up an image; None: there is no such tag, digest or repository.

        Raises:
            NoDocker, DockerFailed: it could not be asked, or refused.
            Stopped: somebody asked us to end.
        """
        try:
            said = run(self.docker, self.stop, "buildx", "imagetools", "inspect", "--format", "{{json .}}", reference)
        except DockerFailed as error:
            if _ABSENT.search(str(error)):
                return None
            raise
        return read_found(json.loads(said))

    def surely(self, reference: str) -> Found:
        """Look up an image that was just pushed. Raises as `find`, and DeployError where it is not there."""
        found = self.find(reference)
        if found is None:
            raise DeployError(f"{reference} was pushed, but the registry does not have it.", "The same command again.")
        return found

    def name(self, reference: str, *sources: str) -> None:
        """Tag the sources (by digest). One source: the tag names it unchanged. Several: it names an index of them. Raises as `find`."""
        one = ["--prefer-index=false"] if len(sources) == 1 else []
        run(self.docker, self.stop, "buildx", "imagetools", "create", *one, "--tag", reference, *sources)

    def push(self, local: str, reference: str) -> None:
        """Push an image of this machine, where the name is removed again. Raises as `find`."""
        self.docker.run("tag", local, reference)
        try:
            run(self.docker, self.stop, "push", "--quiet", reference)
        finally:
            self.docker.run("rmi", "--no-prune", reference)


def read_found(said: Mapping[str, Any]) -> Found:
    """From `docker buildx imagetools inspect --format '{{json .}}'`."""
    manifest = said["manifest"]
    platforms = {
        "/".join(part for part in (one["os"], one["architecture"], one.get("variant", "")) if part): entry["digest"]
        for entry in manifest.get("manifests", ())
        if (one := entry.get("platform", {})) and one["os"] != "unknown"  # attestations
    }
    return Found(manifest["digest"], platforms, _labels(said.get("image") or {}))


def missing(found: Found, wanted: Sequence[str]) -> list[str]:
    """Docker's platforms that an index lacks. A variant, as ARM images have, counts as the platform."""
    return [one for one in wanted if not any(f"{there}/".startswith(f"{one}/") for there in found.platforms)]


def _labels(image: Mapping[str, Any]) -> dict[str, str]:
    configs = [image] if "config" in image else [one for one in image.values() if isinstance(one, dict)]
    return next((one["config"]["Labels"] for one in configs if one.get("config", {}).get("Labels")), {})
