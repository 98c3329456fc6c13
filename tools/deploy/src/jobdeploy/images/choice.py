"""The images that a step is about: the named ones, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobctl.errors import UsageError
from jobdeploy.image_build.build import BASE
from jobdeploy.image_build.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def choose_images(repository: Path, names: Sequence[str]) -> set[str]:
    """Images by name; without names all of them. What is unchanged is found by its content, and neither built nor pushed again.

    The collector is never among them: it is copied, not built.

    Raises:
        UsageError: a name that is no image.
    """
    workspace = Workspace.read(repository)
    known = {BASE, *(service.name for service in workspace.services)}
    if unknown := sorted({*names} - known):
        raise UsageError(
            f"There is no image {', '.join(unknown)}; there are {', '.join(sorted(known))}.", "Name one of these."
        )
    return {*names} or known
