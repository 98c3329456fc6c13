"""Images in the registry that tasks pull from, each built and pushed only if the registry does not have it.

An image is *found* by a tag that is a hash of what it was built from, and *read* by one of its version and revision. Tags do not move, and a new
revision that does not change an image gives the same image another name, so nothing is deployed.

    of a clean revision   content-1f2e3d4c5b6a    0.1.0-abc1234
    of changed files      trial-0.1.0-1f2e3d4c5b6a; ECR's lifecycle rule expires it after 14 days (infra/terraform/modules/image-repository)

No image has both kinds: the rule goes by any of an image's tags, and would take a release away.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobctl.environment.images import COLLECTOR
from jobctl.errors import UsageError
from jobdeploy.images import registry
from jobdeploy.images.building import MODIFIED, UNKNOWN, open_build
from jobdeploy.images.docker import Docker
from jobdeploy.images.sources import BASE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from jobctl.stop import StopSignals
    from jobdeploy.images.building import Build
    from jobdeploy.progress import Progress
    from jobdeploy.target import DeployTarget

TRIAL = "trial-"
"""trial_tag_prefix in infra/terraform/modules/image-repository."""
TRIAL_WARNING = "!! Files differ from the last commit: what is new is pushed as a trial, which ECR deletes after 14 days. Commit first."
PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}
"""ECS's names, and Docker's."""
_SET = re.compile(r'^\s*cpu_architecture\s*=\s*"(\w+)"', re.MULTILINE)
_DEFAULT = re.compile(r'^variable "cpu_architecture" \{.*?^\s*default\s*=\s*"(\w+)"', re.MULTILINE | re.DOTALL)
_NOT_IN_TAGS = re.compile(r"[^A-Za-z0-9_.-]")
"""https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests; a version may have `+` and `!`."""


@dataclass(frozen=True)
class Pushed:
    """One image in the registry; `tag` is for people. `new`: this call built or copied it."""

    name: str
    digest: str
    tag: str
    new: bool


@dataclass(frozen=True)
class Tags:
    """The tags of one image. `content`: those that it is looked up by, the last of which it gets. `release`: for people; None for a trial."""

    content: tuple[str, ...]
    release: str | None = None

    @classmethod
    def of(cls, version: str, revision: str, content: str) -> Tags:
        """`revision`: as `building.read_revision` has it; changed files, and files outside git, make a trial."""
        plain = _NOT_IN_TAGS.sub("-", version)
        if is_trial(revision):
            return cls((f"content-{content}", f"{TRIAL}{plain}-{content}"))  # a release of the same content will do too
        return cls((f"content-{content}",), f"{plain}-{revision[:7]}")


def is_trial(revision: str) -> bool:
    """Whether the image cannot be built again from git alone."""
    return revision == UNKNOWN or revision.endswith(MODIFIED)


def push_images(
    target: DeployTarget,
    stop: StopSignals,
    progress: Progress,
    names: Collection[str] | None = None,
    *,
    collector: str | None = None,
    revision: str | None = None,
) -> list[Pushed]:
    """Push services and the collector (None: all); the base too, since services stand on it.

    `collector`: another source than JOBS_COLLECTOR_IMAGE's. `revision`: instead of git's.

    Raises:
        CommandError: what is wrong and what to do.
        Stopped: somebody asked us to end; what was pushed is found the next time.
    """
    pushed: list[Pushed] = []
    address = f"{target.registry or target.ecr}/{target.project}"
    with registry.logged_in(target) as environ:
        docker = Docker(stop, environ)
        if names is None or {*names} - {COLLECTOR}:
            with open_build(target.repository, docker, names, platform_of(target), revision) as build:
                if is_trial(build.revision) and not target.registry:
                    progress.say(TRIAL_WARNING)
                pushed += _push(docker, build, address, progress)
        if names is None or COLLECTOR in names:
            wanted = collector or os.environ.get(registry.COLLECTOR_SETTING)
            source = wanted or f"{registry.PUBLIC_COLLECTOR}@{registry.PUBLIC_DIGEST}"
            with progress.step("mirror collector"):
                copied = registry.mirror(docker, source, f"{address}/{COLLECTOR}")
            pushed.append(Pushed(COLLECTOR, *copied))
    for one in pushed:
        progress.say(f"  {one.name}:{one.tag}" if one.new else f"  {one.name}:{one.tag}, was there")
    return pushed


def platform_of(target: DeployTarget) -> str:
    """Docker's name of the platform to build for; empty: the engine's own, for tasks that run on this machine.

    Raises:
        UsageError: the environment's values or the stack's default name none of Fargate's two.
    """
    if target.local:
        return ""
    values = target.terraform / "environments" / target.environment / "terraform.tfvars"
    declared = "\n".join(file.read_text() for file in sorted(target.stack.glob("variables*.tf")))
    found = _SET.search(values.read_text() if values.is_file() else "") or _DEFAULT.search(declared)
    wanted = found[1] if found else ""
    if wanted not in PLATFORMS:
        raise UsageError(
            f"cpu_architecture is {wanted!r}; Fargate has {' and '.join(PLATFORMS)}.",
            f"Set cpu_architecture in {values}.",
        )
    return PLATFORMS[wanted]


def _push(docker: Docker, build: Build, address: str, progress: Progress) -> Iterator[Pushed]:
    tags = {name: Tags.of(one.version, build.revision, build.content[name]) for name, one in build.packages.items()}
    found: dict[str, tuple[str, str]] = {}
    with progress.step("images in the registry") as notes:
        for name, wanted in tags.items():
            for tag in wanted.content:
                if digest := registry.find(docker, f"{address}/{name}:{tag}"):
                    found[name] = (digest, tag)
                    break
        notes.append(f"{len(found)} of {len(tags)} are there")
    missing = {name: wanted.content[-1] for name, wanted in tags.items() if name not in found}
    if missing:
        base = f"{address}/{BASE}@{found[BASE][0]}" if BASE in found else ""
        with progress.step(f"build and push {', '.join(missing)}"):
            references = {name: f"{address}/{name}:{tag}" for name, tag in missing.items()}
            digests = build.bake(docker, references, "--push", base=base)
        found |= {name: (digests[name], tag) for name, tag in missing.items()}
    for name, wanted in tags.items():
        digest, tag = found[name]
        if wanted.release is not None:
            tag = _release(docker, f"{address}/{name}", digest, tag, wanted.release, progress)
        yield Pushed(name, digest, tag, name in missing)


def _release(docker: Docker, repository: str, digest: str, tag: str, release: str, progress: Progress) -> str:
    """The tag for people comes last, so that one that is there names a whole image."""
    there = registry.find(docker, f"{repository}:{release}")
    if there is None:
        registry.tag(docker, f"{repository}@{digest}", f"{repository}:{release}")
    elif there != digest:
        # The same revision, built with other settings (JOBS_PYTHON_IMAGE, architectures). The digest is what counts.
        progress.say(f"{release} is another build of this revision, {there}")
        return tag
    return release
