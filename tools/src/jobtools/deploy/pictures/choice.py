"""Which images? The named ones, those that a change touches, or all. Layer: tools, main thread; asks git, changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtools.affected.ask import affected
from jobtools.affected.git import NotAskable
from jobtools.deploy.wrong import BadRequest
from jobtools.images.build import BASE
from jobtools.images.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def choose_images(
    repository: Path, names: Sequence[str], *, every: bool, base: str | None = None
) -> tuple[set[str], str]:
    """Images by name, and why these. Without names: what differs from `base` touches (None: as `nox -s affected`).

    The collector is never among them: it is copied, not built.

    Raises:
        BadRequest: a name that is no image, or git cannot be asked.
    """
    workspace = Workspace.read(repository)
    known = {BASE, *(service.name for service in workspace.services)}
    if unknown := sorted({*names} - known):
        raise BadRequest(
            f"There is no image {', '.join(unknown)}; there are {', '.join(sorted(known))}.", "Name one of these."
        )
    if names:
        return {*names}, "as named"
    if every:
        return known, "all of them"
    try:
        answer = affected(repository, base)
    except NotAskable as error:
        raise BadRequest(f"What changed cannot be told: {error}", "Name the images, or --all.") from error
    return {*answer["images"]} & known, answer["why"]
