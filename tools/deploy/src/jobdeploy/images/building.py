"""The step `build`: images on this machine, and their SBOMs.

Built for the architecture that runs them, and on request for the other one too where the builder can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobdeploy.docker import Docker, check_docker
from jobdeploy.image_build.build import BASE
from jobdeploy.images.platforms import architecture, choose
from jobdeploy.images.sbom import write_sbom
from jobdeploy.images.tag import local_tag
from jobdeploy.images.trouble import explained
from jobdeploy.images.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from jobctl.environment.target import Target
    from jobctl.stop import StopSignals
    from jobdeploy.image_build.labels import Source
    from jobdeploy.progress import Progress

OUTPUT = "build/deploy"
"""In the checkout, out of git: images.json and sbom/."""


def build(
    target: Target,
    stop: StopSignals,
    progress: Progress,
    *,
    names: Collection[str] | None = None,
    both: bool = False,
    folder: Path | None = None,
    source: Source | None = None,
) -> dict[str, tuple[str, ...]]:
    """Build images; returns the local tags of each, that of the target's architecture first.

    A tag is PROJECT/NAME:VERSION-REVISION, for the other architecture with `-arm64` or `-amd64`.

    `names`: images (None: all); a service brings its base along. `both`: for the other architecture too where the builder can. `folder`: where SBOMs
    go. What is there already is not built again.

    Raises:
        DeployError: what is wrong and what to do.
        Stopped: somebody asked us to end; what was built is found the next time.
    """
    folder = folder or target.repository / OUTPUT
    docker = Docker()
    with explained("Building"):
        check_docker(docker)
        shop = Workshop.read(docker, stop, target.repository, source)
        platforms, note = choose(shop.builder, architecture(target, docker), both=both)
        if note:
            progress.say(note)
        return _build_all(shop, progress, platforms, names, folder)


def _build_all(
    shop: Workshop, progress: Progress, platforms: tuple[str, ...], names: Collection[str] | None, folder: Path
) -> dict[str, tuple[str, ...]]:
    tags: dict[str, tuple[str, ...]] = {}
    bases: dict[str, str] = {}
    with shop.recipes(names) as recipes:
        for name, recipe in recipes.items():
            made = []
            for platform in platforms:
                with progress.step(f"image {name} for {platform}") as notes:
                    local, new = shop.make(recipe, platform, bases.get(platform))
                    tag = f"{local.rpartition(':')[0]}:{local_tag(recipe.package.version, shop.build.source.revision)}"
                    tag += "" if platform == platforms[0] else f"-{platform.rpartition('/')[2]}"
                    shop.build.docker.run("tag", local, tag)
                    notes += [tag] if new else [tag, "was there"]
                if name == BASE:
                    bases[platform] = local
                made.append(tag)
            tags[name] = tuple(made)
            write_sbom(shop.workspace.folder, recipe.package, folder)
    return tags
