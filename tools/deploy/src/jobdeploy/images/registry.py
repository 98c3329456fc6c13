"""Images in a registry, by `docker buildx imagetools`.

It has Docker's credentials, and copies without changing a byte: a digest stays the digest.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobctl.errors import CommandError, NotAllowedError

if TYPE_CHECKING:
    from jobdeploy.images.docker import Docker
    from jobdeploy.target import DeployTarget

COLLECTOR_SETTING = "JOBS_COLLECTOR_IMAGE"
PUBLIC_COLLECTOR = "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0"
PUBLIC_DIGEST = "sha256:d2bdfff2c377c3d71d78bd5d9ce9862fd535b12134a5739d87a07801297cf9fd"
"""Of the public collector's index (linux/amd64 and linux/arm64), so that a tag that was moved is never deployed. For a new release:
`docker buildx imagetools inspect IMAGE:TAG`."""
_ABSENT = re.compile(r": not found$|manifest unknown|name unknown", re.MULTILINE | re.IGNORECASE)
"""A credential helper that is not there is `executable file not found in $PATH`: no answer of a registry."""


def find(docker: Docker, reference: str) -> str | None:
    """The digest of an image in a registry; None: there is no such tag, digest or repository.

    Raises:
        CommandError, Stopped: as `Docker.run`.
    """
    try:
        answer = docker.run("buildx", "imagetools", "inspect", "--format", "{{json .Manifest}}", reference)
    except CommandError as error:
        if _ABSENT.search(error.what):
            return None
        raise
    return str(json.loads(answer)["digest"])


def tag(docker: Docker, source: str, reference: str) -> None:
    """Name an image, unchanged, in the same registry or in another. Raises as `find`."""
    docker.run("buildx", "imagetools", "create", "--prefer-index=false", "--tag", reference, source)


def collector_image(environ: Mapping[str, str] = os.environ) -> str:
    """The collector that local tasks run: the public ADOT image, unless JOBS_COLLECTOR_IMAGE names another."""
    return environ.get(COLLECTOR_SETTING) or PUBLIC_COLLECTOR


def mirror(docker: Docker, source: str, repository: str) -> tuple[str, str, bool]:
    """Copy the collector, with every architecture; returns its digest, its tag, and whether it was copied now. `source`: by tag, digest or both.

    Raises:
        CommandError: there is no such collector, or our registry has something else under its tag.
        Stopped: somebody asked us to end.
    """
    name, _, digest = source.partition("@")
    version = name.rpartition(":")[2] if ":" in name.rpartition("/")[2] else digest.removeprefix("sha256:")[:12]
    version = version or "latest"
    there = find(docker, f"{repository}:{version}")
    if there is None or there != digest:
        origin = find(docker, source)
        if origin is None:
            raise CommandError(
                f"There is no collector {source}.", f"Name another with {COLLECTOR_SETTING} (docker/README.md)."
            )
        if there is None:
            tag(docker, f"{name}@{origin}", f"{repository}:{version}")
        elif there != origin:
            raise CommandError(
                f"{repository}:{version} is {there}, but {source} is {origin}.",
                "Tags do not move. Find out which of the two is meant; delete the one in our registry if it is wrong.",
            )
        digest = origin
    return digest, version, there is None


@contextmanager
def logged_in(target: DeployTarget, environ: Mapping[str, str] = os.environ) -> Iterator[dict[str, str]]:
    """Environment of docker commands that may pull from and push to the target's ECR; afterwards the token is gone from this machine.

    Docker keeps credentials in its config folder, in clear where there is no credential helper. So a push gets a folder of its own, in which all
    else (contexts, plugins, builders, other registries) is the person's. A registry on this machine needs none.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html

    Raises:
        NotAllowedError: AWS gives no token.
    """
    if target.registry:
        yield {}
        return
    token = _token(target.clients("ecr"))
    theirs = Path(environ.get("DOCKER_CONFIG") or Path(environ.get("HOME") or Path.home(), ".docker"))
    with tempfile.TemporaryDirectory(prefix="docker-") as folder:
        write_config(theirs, Path(folder), target.ecr, token)
        yield {"DOCKER_CONFIG": folder}


def write_config(theirs: Path, ours: Path, registry: str, token: str) -> None:
    """Make a config folder: config.json with a login to `registry`, and links to everything else."""
    config: dict[str, Any] = {}
    for entry in theirs.iterdir() if theirs.is_dir() else ():
        if entry.name != "config.json":
            (ours / entry.name).symlink_to(entry.resolve())
        else:
            config = json.loads(entry.read_text() or "{}")
    config["auths"] = {**config.get("auths", {}), registry: {"auth": token}}
    # An empty name is docker's way to say "none, for this registry": the folder's own file, not the person's keychain.
    config["credHelpers"] = {**config.get("credHelpers", {}), registry: ""}
    file = ours / "config.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(config))


def _token(ecr: Any) -> str:
    from botocore.exceptions import ClientError  # 0.1 s: not for --help

    try:
        (found,) = ecr.get_authorization_token()["authorizationData"]
    except ClientError as error:
        raise NotAllowedError(
            f"AWS gives no token for ECR: {error}", "Pushing needs ecr:GetAuthorizationToken; are these the credentials that you mean?"
        ) from error  # fmt: skip
    return str(found["authorizationToken"])
