"""Builds by `docker buildx bake`, and images on this machine: one whose inputs are unchanged is found by its tag, and not built again."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobctl.errors import CommandError, UsageError
from jobdeploy.images.declaration import LABEL as DECLARED
from jobdeploy.images.sources import BASE, DECLARATION, REQUIREMENTS, build_wheel, read_packages, write_inputs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from jobdeploy.images.docker import Docker
    from jobdeploy.images.sources import Package
    from jobdeploy.progress import Progress

_LOCKED = re.compile(r"^([\w.-]+)==", re.MULTILINE)
UNKNOWN = "unknown"
MODIFIED = "-modified"
ENVIRON = {
    "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",  # provenance would make an index of a single image
    "BUILDX_METADATA_PROVENANCE": "disabled",
}
LABEL = "org.opencontainers.image."
"""https://github.com/opencontainers/image-spec/blob/main/annotations.md"""


@dataclass(frozen=True)
class Build:
    """Images that can be built, with their inputs in `folder`. `max_megabytes`: the most that a service may add to the base. `content`: a hash of
    what decides the content of each."""

    repository: Path
    folder: Path
    project: str
    revision: str
    packages: Mapping[str, Package]
    platform: str
    max_megabytes: float
    content: Mapping[str, str]

    def added(self, name: str) -> Sequence[str]:
        """The packages that a service's image has above the base."""
        base, own = ({*_LOCKED.findall((self.folder / one / REQUIREMENTS).read_text())} for one in (BASE, name))
        return [*sorted(own - base), *self.packages[name].system]

    def bake(self, docker: Docker, tags: Mapping[str, str], *options: str, base: str = "") -> dict[str, str]:
        """Build images, each with its tag; returns their digests. `base`: what services stand on, where it is not built too.

        The base comes first, and services are built from it as it is pushed or kept: stages that two targets share may be built twice at once,
        and then have different layers.

        Raises:
            CommandError, Stopped: as `Docker.run`.
        """
        for name in tags:
            docker.stop.check()
            build_wheel(self.repository, self.folder, self.packages[name])
        digests: dict[str, str] = {}
        if BASE in tags:
            digests = self._bake(docker, {BASE: tags[BASE]}, options)
            base = f"{tags[BASE].rpartition(':')[0]}@{digests[BASE]}" if "--push" in options else tags[BASE]
        services = {name: tag for name, tag in tags.items() if name != BASE}
        return digests | (self._bake(docker, services, options, base) if services else {})

    def _bake(self, docker: Docker, tags: Mapping[str, str], options: Sequence[str], base: str = "") -> dict[str, str]:
        targets = {name: self._target(name, tag, base) for name, tag in tags.items()}
        (self.folder / "run.json").write_text(json.dumps({"target": targets}))
        environ = {**docker.environ, **ENVIRON}
        allowed = []
        if ca := os.environ.get("JOBS_BUILD_CA"):
            environ["JOBS_BUILD_CA"] = str(Path(ca).resolve())  # the build is in another folder
            allowed.append(f"--allow=fs.read={environ['JOBS_BUILD_CA']}")
        allowed += ["--allow=network.host"] if os.environ.get("JOBS_BUILD_NETWORK") == "host" else []
        files = ("--file=docker-bake.hcl", "--file=run.json", "--metadata-file=built.json", "--progress=plain")
        replace(docker, environ=environ).run("buildx", "bake", *files, *allowed, *options, *targets, folder=self.folder)
        built = json.loads((self.folder / "built.json").read_text())
        return {name: built[name]["containerimage.digest"] for name in targets}

    def _target(self, name: str, tag: str, base: str) -> dict[str, Any]:
        labels = {
            "title": f"{self.project}/{name}",
            "version": self.packages[name].version,
            "revision": self.revision,
        }
        target: dict[str, Any] = {"tags": [tag], "labels": {f"{LABEL}{key}": value for key, value in labels.items()}}
        declaration = self.folder / name / DECLARATION
        if declaration.exists():
            target["labels"][DECLARED] = declaration.read_text()
        if self.platform:
            target["platforms"] = [self.platform]
        if name != BASE:
            arguments = {"SERVICE": name, "BASE": base}
            if system := self.packages[name].system:
                arguments |= {"GROUND": "system", "SYSTEM_PACKAGES": " ".join(system)}
            target |= {"inherits": ["service"], "args": arguments}
        return target


@contextmanager
def open_build(
    repository: Path,
    docker: Docker,
    names: Collection[str] | None = None,
    platform: str = "",
    revision: str | None = None,
) -> Iterator[Build]:
    """The base and the services in `names` (None: all), until it is left.

    `platform`: as Docker has it; empty: the engine's own. `revision`: instead of git's.

    Raises:
        CommandError: what is wrong and what to do.
        Stopped: somebody asked us to end.
    """
    if (ca := os.environ.get("JOBS_BUILD_CA")) and not Path(ca).is_file():
        raise UsageError(
            f"JOBS_BUILD_CA={ca} is no file.", "It names a bundle of CA certificates in PEM (docker/README.md)."
        )
    workspace = tomllib.loads((repository / "pyproject.toml").read_text())
    project, limit = workspace["project"]["name"], workspace["tool"]["jobs"]["max-image-megabytes"]
    packages = read_packages(repository)
    packages = {name: one for name, one in packages.items() if names is None or name in (BASE, *names)}
    public = os.environ.get("JOBS_PYTHON_IMAGE", "")
    # Its name without a digest may come to mean another image.
    others = (public, docker.image_id(public) if public else "", *([platform] if platform else []))
    with tempfile.TemporaryDirectory(prefix="images-") as folder:
        content = write_inputs(repository, Path(folder), packages, *others)
        revision = revision or read_revision(repository)
        yield Build(repository, Path(folder), project, revision, packages, platform, limit, content)


def build_images(
    repository: Path,
    docker: Docker,
    progress: Progress,
    names: Collection[str] | None = None,
) -> dict[str, str]:
    """Tags on this machine, PROJECT/NAME:HASH, of the base and of services (None: all), built where they are missing.

    Raises:
        CommandError: what is wrong and what to do.
        Stopped: somebody asked us to end; what was built is found the next time.
    """
    with open_build(repository, docker, names) as build:
        tags = {name: f"{build.project}/{name}:{content}" for name, content in build.content.items()}
        missing = {name: tag for name, tag in tags.items() if not docker.image_id(tag)}
        if missing:
            with progress.step(f"build {', '.join(missing)}"):
                build.bake(docker, missing, "--load", base=tags[BASE])
        base = docker.image_bytes(tags[BASE])
        too_large = []
        for name, tag in tags.items():
            size = docker.image_bytes(tag) - (0 if name == BASE else base)
            where = "" if name == BASE else " on the base"
            why = f" ({', '.join(added)})" if name != BASE and (added := build.added(name)) else ""
            progress.say(f"  {tag}, {size / 1e6:.1f} MB{where}{why}{'' if name in missing else ', was there'}")
            if name != BASE and size > build.max_megabytes * 1e6:
                too_large.append(f"{name} adds {size / 1e6:.1f} MB to the base{why}")
        if too_large:
            raise CommandError(
                f"{'; '.join(too_large)}: more than {build.max_megabytes} MB.",
                "Every task pulls this before its first job. Leave a package out, or raise max-image-megabytes in pyproject.toml.",
            )
    return tags


def read_revision(repository: Path) -> str:
    """The commit, with `-modified` where files differ from it; "unknown" outside a checkout."""
    revision = _git(repository, "rev-parse", "HEAD")
    changed = revision and _git(repository, "status", "--porcelain")
    return f"{revision}{MODIFIED}" if changed else revision or UNKNOWN


def _git(repository: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
