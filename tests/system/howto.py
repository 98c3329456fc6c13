"""A how-to page, followed in a copy of the services.

A comment above a fence says what to do with it: `new=PATH`, or `add-to=PATH`, at the end, under the line that `below=LINE` gives, or
`instead-of=LINE`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^<!-- (?P<order>.*?) -->\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ORDER = re.compile(r"(?P<verb>add-to|new)=(?P<path>\S+)(?: (?P<how>below|instead-of)=(?P<line>.+))?")


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


def apply_all(page: Path, root: Path) -> None:
    """Does what the page says in a folder that has the files; those that are not there are left out."""
    for fence in FENCE.finditer(page.read_text()):
        told = ORDER.fullmatch(fence["order"])
        assert told is not None, f"a fence without an order: {fence['order']!r}"
        path = root / told["path"]
        if told["verb"] == "new":
            assert not path.exists(), f"{path} is not new"
            path.write_text(fence["text"])
        elif path.parent.exists():
            path.write_text(_added(path.read_text(), fence["text"], told["how"], told["line"]))


def _added(before: str, text: str, how: str | None, line: str | None) -> str:
    if line is None:
        return f"{before}\n\n{text}"
    lines = before.splitlines(keepends=True)
    (place,) = [number for number, one in enumerate(lines) if one.strip() == line]
    return "".join([*lines[: place + (how == "below")], text, *lines[place + 1 :]])
