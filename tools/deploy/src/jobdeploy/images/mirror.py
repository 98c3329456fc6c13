"""Copy of the collector's image into our registry: unchanged, by digest, with every architecture.

JOBS_COLLECTOR_IMAGE names another image: of a registry, or of this machine where no registry can be reached, which is then pushed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jobctl.errors import DeployError
from jobdeploy.docker import DockerFailed
from jobdeploy.images.collector import COLLECTOR, COLLECTOR_SETTING, PUBLIC_COLLECTOR
from jobdeploy.images.record import Pushed
from jobdeploy.images.remote import missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobdeploy.images.place import Place
    from jobdeploy.images.remote import Found, Remote

PUBLIC_DIGESTS = {
    "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0": (
        "sha256:d2bdfff2c377c3d71d78bd5d9ce9862fd535b12134a5739d87a07801297cf9fd"
    )
}
"""The digest of the public image's index (linux/amd64 and linux/arm64), so that a tag that was moved is never deployed. For a new release:
`docker buildx imagetools inspect IMAGE:TAG`."""
SHORT = 12
"""Characters of a local image's id in its tag."""


def collector_source(setting: str | None) -> str:
    """The image to mirror: the public one by tag and digest, or the one that JOBS_COLLECTOR_IMAGE names."""
    return setting or f"{PUBLIC_COLLECTOR}@{PUBLIC_DIGESTS[PUBLIC_COLLECTOR]}"


def mirror(
    remote: Remote, place: Place, source: str, revision: str, platforms: Sequence[str], notes: list[str]
) -> Pushed:
    """Mirror the collector. `platforms`: those that it must have, where it is an index.

    Raises:
        DeployError: the source is not available, or our registry has something else under its tag.
        NoDocker, DockerFailed: docker or the registry refused.
        Stopped: somebody asked us to end.
    """
    repository = place.repository(COLLECTOR)
    name, _, digest = source.partition("@")
    version = name.rpartition(":")[2] if ":" in name.rpartition("/")[2] else digest.removeprefix("sha256:")[:SHORT]
    local = "" if digest else _local_id(remote, source)
    tag = f"{version or 'latest'}-{local}" if local else version or "latest"
    there = remote.find(f"{repository}:{tag}")
    if local:
        found = there or _pushed(remote, source, f"{repository}:{tag}")
    else:
        found = there if there and there.digest == digest else _copied(remote, source, repository, tag, there)
    if found.platforms and (lacking := missing(found, platforms)):
        raise DeployError(f"{source} lacks {', '.join(lacking)}.", f"Name another with {COLLECTOR_SETTING}.")
    notes += [f"{COLLECTOR}:{tag}"] if there is None else [f"{COLLECTOR}:{tag}", "was there"]
    return Pushed(
        name=COLLECTOR,
        reference=place.reference(COLLECTOR, found.digest),
        digest=found.digest,
        tag=tag,
        version=version or "latest",
        revision=revision,
        pushed_at=datetime.now(UTC).isoformat(timespec="seconds"),
        platforms=dict(found.platforms),
        new=there is None,
    )


def _local_id(remote: Remote, source: str) -> str:
    """Empty where this machine does not have it."""
    try:
        said = remote.docker.run("image", "inspect", "--format", "{{.Id}}", source)
    except DockerFailed:
        return ""
    return said.strip().removeprefix("sha256:")[:SHORT]


def _pushed(remote: Remote, source: str, reference: str) -> Found:
    remote.push(source, reference)
    return remote.surely(reference)


def _copied(remote: Remote, source: str, repository: str, tag: str, there: Found | None) -> Found:
    instead = f"Or name another with {COLLECTOR_SETTING} (docker/README.md)."
    try:
        origin = remote.find(source)
    except DockerFailed as error:
        raise DeployError(
            f"The collector {source} cannot be looked up.\n{error}", f"Is its registry reachable? {instead}"
        ) from error
    if origin is None:
        raise DeployError(f"There is no collector {source}.", instead)
    if there is not None and there.digest != origin.digest:
        raise DeployError(
            f"{repository}:{tag} is {there.digest}, but {source} is {origin.digest}.",
            "Tags do not move. Find out which of the two is meant; delete the one in our registry if it is wrong.",
        )
    if there is None:
        remote.name(f"{repository}:{tag}", f"{source.partition('@')[0]}@{origin.digest}")
    return origin
