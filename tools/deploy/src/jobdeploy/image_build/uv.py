"""Requirements, SBOM and wheels of a package, by uv; building may ask the package index for the build backend."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

EPOCH = "315532800"
"""1980-01-01, the first day that a wheel (a zip archive) can name: the same sources make the same wheel."""
SECONDS = 120.0


class UvFailed(Exception):  # noqa: N818 (says what happened)
    """uv is not there, or ended with an error. The text is the command and what it wrote."""


def export_requirements(workspace: Path, distribution: str) -> str:
    """Everything from the package index that the package needs, locked and with hashes, for every Python and platform.

    Raises:
        UvFailed: also where the lock does not fit the packages any more.
    """
    return _uv(
        workspace, "export", "--quiet", "--locked", "--no-dev", "--no-emit-workspace", "--no-header", "--no-annotate",
        f"--package={distribution}",
    )  # fmt: skip


def export_sbom(workspace: Path, distribution: str) -> str:
    """Everything that the package's image has from the lock, as CycloneDX 1.5 in JSON: names, versions, hashes, who needs whom. Debian's packages
    below it are not in the lock: the registry's scan of the pushed image knows those.

    Raises:
        UvFailed: also where the lock does not fit the packages any more.
    """
    return _uv(
        workspace, "export", "--quiet", "--locked", "--no-dev", "--format=cyclonedx1.5", f"--package={distribution}",
    )  # fmt: skip


def build_wheel(workspace: Path, distribution: str, folder: Path) -> Path:
    """The package's wheel, in `folder`.

    Raises:
        UvFailed: as `export_requirements`.
    """
    _uv(
        workspace,
        "build",
        "--quiet",
        "--wheel",
        "--no-create-gitignore",
        f"--package={distribution}",
        f"--out-dir={folder}",
    )
    (wheel,) = folder.glob(f"{distribution.replace('-', '_')}-*.whl")
    return wheel


def _uv(workspace: Path, *arguments: str) -> str:
    program = os.environ.get("UV") or shutil.which("uv")
    if program is None:
        raise UvFailed(
            "uv is not on PATH: `./noxw -s images` brings it, or https://docs.astral.sh/uv/getting-started/installation/"
        )
    environ = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    try:
        done = subprocess.run(
            [program, *arguments],
            cwd=workspace,
            env=environ,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UvFailed(f"uv {' '.join(arguments)}\n  did not end in {SECONDS:.0f} s") from error
    if done.returncode:
        raise UvFailed(f"uv {' '.join(arguments)}\n{done.stderr.strip()}")
    return done.stdout
