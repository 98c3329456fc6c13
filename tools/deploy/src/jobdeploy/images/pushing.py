"""The step `push`: the base, the services on the base that is in the registry, the collector, and a record of their digests.

Services are built FROM the base by its digest: what a task pulls is what was scanned, and all of them share its layers.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobdeploy.docker import Docker, check_docker
from jobdeploy.image_build.build import BASE
from jobdeploy.images.building import OUTPUT
from jobdeploy.images.collector import COLLECTOR, COLLECTOR_SETTING
from jobdeploy.images.login import logged_in
from jobdeploy.images.mirror import collector_source, mirror
from jobdeploy.images.place import Place
from jobdeploy.images.platforms import architecture, choose
from jobdeploy.images.publish import Publisher
from jobdeploy.images.record import FILE, Pushed, read_record, stack_variables, write_record
from jobdeploy.images.remote import Remote
from jobdeploy.images.sbom import write_sbom
from jobdeploy.images.tag import is_trial
from jobdeploy.images.trouble import explained
from jobdeploy.images.workshop import Workshop

if TYPE_CHECKING:
    from jobctl.environment.target import Target
    from jobctl.stop import StopSignals
    from jobdeploy.image_build.labels import Source
    from jobdeploy.progress import Progress
TRIAL_WARNING = "!! Files differ from the last commit: what is new is pushed as a trial, which ECR deletes after 14 days. Commit first."


def push(
    target: Target,
    stop: StopSignals,
    progress: Progress,
    *,
    names: Collection[str] | None = None,
    both: bool = False,
    registry: str | None = None,
    folder: Path | None = None,
    source: Source | None = None,
    environ: Mapping[str, str] = os.environ,
) -> dict[str, Any]:
    """Push images; returns the stack's image variables, with the digests that the registry reports.

    Only what the registry lacks is built and pushed: an image is looked up by the hash of what it would be built from. `names`: services (None:
    all) and the collector; the base always, since services stand on it. `both`: for both architectures, as one index, where the builder can.
    `registry`: another than the target's, to which the person is logged in. `folder`: where images.json and SBOMs go (default: build/deploy in
    the checkout); images that are not named keep what an earlier call wrote of them.

    Raises:
        DeployError: what is wrong and what to do.
        Stopped: somebody asked us to end; what was pushed is found the next time.
    """
    folder = folder or target.repository / OUTPUT
    place = Place.of(target, registry)
    wanted = None if names is None else {*names} - {COLLECTOR}
    with explained("Pushing"), _docker(target, registry, environ) as docker:
        check_docker(docker)
        shop = Workshop.read(docker, stop, target.repository, source, environ)
        platforms, note = choose(shop.builder, architecture(target, docker), both=both)
        if note:
            progress.say(note)
        publisher = Publisher(Remote(docker, stop), place, shop.build.source.revision, platforms)
        if is_trial(publisher.revision) and not place.on_this_machine:
            progress.say(TRIAL_WARNING)
        record = {} if names is None else _of_this_place(folder, place)
        for one in _own(shop, publisher, progress, wanted, folder):
            record[one.name] = one
            write_record(folder / FILE, record.values())  # an interruption loses nothing that was pushed
        if names is None or COLLECTOR in names:
            with progress.step(f"mirror {COLLECTOR}") as notes:
                wish = collector_source(environ.get(COLLECTOR_SETTING))
                record[COLLECTOR] = mirror(publisher.remote, place, wish, publisher.revision, platforms, notes)
            write_record(folder / FILE, record.values())
    return stack_variables(record.values())


def _of_this_place(folder: Path, place: Place) -> dict[str, Pushed]:
    """Images that an earlier call pushed to the same registry; those of another account are left out."""
    return {
        name: one
        for name, one in read_record(folder / FILE).items()
        if one.reference == place.reference(name, one.digest)
    }


def _own(
    shop: Workshop, publisher: Publisher, progress: Progress, names: Collection[str] | None, folder: Path
) -> Iterator[Pushed]:
    with shop.recipes(names) as recipes:
        base: Pushed | None = None
        for name, recipe in recipes.items():
            stands_on = None if base is None else f"{publisher.place.repository(BASE)}@{base.digest}"
            content = recipe.content(publisher.platforms, "" if base is None else base.digest)

            def make(
                platform: str, recipe: Any = recipe, stands_on: str | None = stands_on, content: str = content
            ) -> str:
                return shop.make(recipe, platform, stands_on, content)[0]

            with progress.step(f"push {name}") as notes:
                pushed = publisher.publish(recipe.package, content, make, notes)
            if base is None:
                base = pushed
            write_sbom(shop.workspace.folder, recipe.package, folder)
            yield pushed


@contextmanager
def _docker(target: Target, registry: str | None, environ: Mapping[str, str]) -> Iterator[Docker]:
    if registry or target.registry:
        yield Docker(environ)
    else:
        with logged_in(target.clients("ecr"), target.ecr, environ) as docker:
            yield docker
