"""A how-to page, followed in a copy of the services."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from devkit.howto import apply_all

ROOT = Path(__file__).parents[2]


class Copy(NamedTuple):
    """The services after the how-to was followed."""

    root: Path

    @property
    def python_path(self) -> str:
        """The copy's sources, to be found before those that are installed."""
        return os.pathsep.join(str(path) for path in sorted(self.root.glob("services/*/src")))

    def tested(self) -> str:
        """What the background job's tests say, which pass."""
        command = [sys.executable, "-m", "pytest", "-q", "-rp", "-p", "no:cacheprovider"]
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": self.python_path}
        ran = subprocess.run(
            [*command, "services/background-job/tests"], cwd=self.root, env=environ, capture_output=True, text=True, timeout=100
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout


def follow(page: Path, root: Path) -> Copy:
    """Makes the copy in an empty folder, and does there what the page says."""
    shutil.copytree(
        ROOT / "services", root / "services", ignore=shutil.ignore_patterns("__pycache__", ".*", "*.egg-info")
    )
    shutil.copy(ROOT / "pyproject.toml", root)
    apply_all(page, root)
    return Copy(root)
