"""Publication of one image, built and pushed only if the registry does not have it.

It is looked up by what it would be built from; only where that is missing it is built and pushed. The tag for people comes last, so that one that is
there names a whole image. An interruption leaves at most an image under its first tag, which the next call finds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jobctl.errors import DeployError
from jobdeploy.docker import DockerFailed
from jobdeploy.images.record import Pushed
from jobdeploy.images.remote import CONTENT, Found, missing
from jobdeploy.images.tag import tags_of

if TYPE_CHECKING:
    from jobdeploy.image_build.workspace import Package
    from jobdeploy.images.place import Place
    from jobdeploy.images.remote import Remote
    from jobdeploy.images.tag import Tags

Make = Callable[[str], str]
"""Builds for one of docker's platforms, gives the image's tag on this machine."""


@dataclass(frozen=True)
class Publisher:
    """Publishes images of one revision for the same platforms; the first of these is the one that runs."""

    remote: Remote
    place: Place
    revision: str
    platforms: Sequence[str]

    def publish(self, package: Package, content: str, make: Make, notes: list[str]) -> Pushed:
        """Publish an image; its digest is the one that the registry reports. `notes` gets what a person should know.

        Raises:
            DeployError: what is there is not what its tag says.
            NoDocker, DockerFailed: docker or the registry refused.
            Stopped: somebody asked us to end.
        """
        tags = tags_of(package.version, self.revision, content)
        repository = self.place.repository(package.name)
        found, tag, new = self._there(repository, tags, content)
        if found is None:
            found, tag, new = self._push(repository, tags.content, make), tags.content, True
            self._check(repository, tag, found, content)
        if tags.release is not None:
            tag = self._release(repository, tags.release, tag, found, notes)
        notes += [f"{package.name}:{tag}"] if new else [f"{package.name}:{tag}", "was there"]
        return Pushed(
            name=package.name,
            reference=self.place.reference(package.name, found.digest),
            digest=found.digest,
            tag=tag,
            version=package.version,
            revision=self.revision,
            pushed_at=datetime.now(UTC).isoformat(timespec="seconds"),
            platforms=dict(found.platforms),
            new=new,
        )

    def _there(self, repository: str, tags: Tags, content: str) -> tuple[Found | None, str, bool]:
        for tag in (tags.instead, tags.content):
            if tag is not None and (found := self.remote.find(f"{repository}:{tag}")) is not None:
                self._check(repository, tag, found, content)
                return found, tag, False
        return None, "", False

    def _check(self, repository: str, tag: str, found: Found, content: str) -> None:
        """Check the content and platforms of an image found by tag: in a registry whose tags can be moved it may be any image."""
        said = found.labels.get(CONTENT)
        if said != content:
            raise DeployError(
                f"{repository}:{tag} ({found.digest}) is not what its tag says: its label {CONTENT} is {said!r}.",
                "Find out who pushed it. Delete that image, or change what it is built from; then the same command again.",
            )
        if len(self.platforms) > 1 and (lacking := missing(found, self.platforms)):
            raise DeployError(
                f"{repository}:{tag} lacks {', '.join(lacking)}.", "Delete that image; then the same command again."
            )

    def _push(self, repository: str, tag: str, make: Make) -> Found:
        reference = f"{repository}:{tag}"
        if len(self.platforms) == 1:
            return self._push_one(reference, self.platforms[0], make)
        parts = []
        for platform in self.platforms:
            part = f"{reference}-{platform.rpartition('/')[2]}"
            # One may be there, from a push that was interrupted.
            found = self.remote.find(part) or self._push_one(part, platform, make)
            parts.append(f"{repository}@{found.digest}")
        self.remote.name(reference, *parts)
        return self.remote.surely(reference)

    def _push_one(self, reference: str, platform: str, make: Make) -> Found:
        local = make(platform)
        try:
            self.remote.push(local, reference)
        except DockerFailed:
            if found := self.remote.find(reference):
                return found  # another push was faster, and tags do not move
            raise
        return self.remote.surely(reference)

    def _release(self, repository: str, release: str, tag: str, found: Found, notes: list[str]) -> str:
        there = self.remote.find(f"{repository}:{release}")
        if there is None:
            self.remote.name(f"{repository}:{release}", f"{repository}@{found.digest}")
        elif there.digest != found.digest:
            # The same revision, built with other settings (JOBS_PYTHON_IMAGE, architectures). The digest is what counts.
            notes.append(f"{release} is another build of this revision, {there.digest}")
            return tag
        return release
