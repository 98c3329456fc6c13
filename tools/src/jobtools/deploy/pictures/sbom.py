"""What is in an image, for those who must know? A CycloneDX file for each, from the lock. Layer: tools; runs uv, writes that file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtools.images.uv import export_sbom

if TYPE_CHECKING:
    from pathlib import Path

    from jobtools.images.workspace import Package

FOLDER = "sbom"


def write_sbom(workspace: Path, package: Package, folder: Path) -> Path:
    """`sbom/{image}.cdx.json` in `folder`: the Python packages of the image, the base's included. What Debian's part holds, the registry's scan says.

    Raises:
        UvFailed: the text says what is wrong.
    """
    file = folder / FOLDER / f"{package.name}.cdx.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(export_sbom(workspace, package.distribution))
    return file
