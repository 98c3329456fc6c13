"""CycloneDX files of the Python packages in an image, exported from the lock with uv."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobdeploy.image_build.uv import export_sbom

if TYPE_CHECKING:
    from pathlib import Path

    from jobdeploy.image_build.workspace import Package

FOLDER = "sbom"


def write_sbom(workspace: Path, package: Package, folder: Path) -> Path:
    """Write `sbom/{image}.cdx.json` in `folder`: the Python packages of the image, the base's included.

    Debian's packages are covered by the registry's scan.

    Raises:
        UvFailed: the text says what is wrong.
    """
    file = folder / FOLDER / f"{package.name}.cdx.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(export_sbom(workspace, package.distribution))
    return file
