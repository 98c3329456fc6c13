"""How does a pinned scanner run? Python packages through `uv tool run`, each in its own environment; Go programs built from source once.

Layer: tools, main thread; blocks while a scanner runs. It never shows a scanner credentials, and never takes silence for an answer.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

from jobtools.scan.scanner import CouldNotLook

PINS = Path(__file__).parent / "pins"
LIMIT_SECONDS = 600
"""For one run of one tool, its installation included. Ours take less than 10 s; a hung one must not hold CI until its own limit."""
_GO_PACKAGES = {
    "actionlint": (
        "github.com/rhysd/actionlint/cmd/actionlint",
        "https://github.com/rhysd/actionlint/blob/main/docs/install.md",
    ),
    "gitleaks": ("github.com/zricethezav/gitleaks/v8", "https://github.com/gitleaks/gitleaks#installing"),
}


def pinned(package: str) -> str:
    """`package==version`, from pins/requirements.txt."""
    lines = (PINS / "requirements.txt").read_text().splitlines()
    return next(line for line in lines if line.startswith(f"{package}=="))


def python_tool(package: str, program: str) -> list[str]:
    """The start of the command line that runs it. Raises CouldNotLook without uv."""
    uv = shutil.which("uv")
    if uv is None:
        raise CouldNotLook("there is no uv on PATH: run it as ./noxw -s scan, or see https://docs.astral.sh/uv/")
    return [uv, "tool", "run", "--quiet", f"--python={sys.executable}", f"--from={pinned(package)}", program]


def go_tool(program: str) -> str:
    """The pinned version where Go can build it (once, into the user's cache); else the one on PATH. Raises CouldNotLook without either."""
    package, page = _GO_PACKAGES[program]
    cached = _cache() / program
    if cached.is_file():
        return str(cached)
    if shutil.which("go"):
        _build(package, cached)
        return str(cached)
    found = shutil.which(program)
    if found is None:
        raise CouldNotLook(
            f"there is neither go (https://go.dev/dl/) nor {program} ({page}) on PATH: install one of them"
        )
    return found


def _cache() -> Path:
    """Other pins are another folder."""
    key = hashlib.sha256((PINS / "go.mod").read_bytes() + (PINS / "go.sum").read_bytes()).hexdigest()[:16]
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "jobtools-scan" / f"{sys.platform}-{os.uname().machine}-{key}"


def _build(package: str, target: Path) -> None:
    """A rename at the end: two builds at once, or a killed one, leave no half program."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        output = Path(folder) / target.name
        command = ["go", "build", "-mod=readonly", "-trimpath", "-o", str(output), package]
        done = _finish(command, PINS)
        if done.returncode:
            raise CouldNotLook(f"Go could not build {package}, which pins/go.mod pins: {_end(done.stderr)}")
        output.rename(target)


def answer(command: list[str], folder: Path, *, codes: Collection[int] = (0, 1)) -> Any:
    """The JSON that the tool prints. Raises CouldNotLook for another exit code, and for anything but JSON."""
    done = _finish(command, folder)
    if done.returncode not in codes:
        raise CouldNotLook(f"exit code {done.returncode}: {_end(done.stderr) or _end(done.stdout)}")
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise CouldNotLook(f"its answer is not JSON: {_end(done.stderr) or _end(done.stdout) or 'nothing'}") from None


def _finish(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, cwd=folder, env=_environment(), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS,
        )  # fmt: skip
    except OSError as error:
        raise CouldNotLook(f"{command[0]} does not start: {error}") from None
    except subprocess.TimeoutExpired:
        raise CouldNotLook(f"no end after {LIMIT_SECONDS} s: {' '.join(command)}") from None


def _environment() -> dict[str, str]:
    """Without credentials: other people's programs look at our files and get no key to our account, and no token of the build."""
    secret = ("AWS_", "ACTIONS_", "GITHUB_TOKEN", "GH_TOKEN", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(secret)} | {
        "NO_COLOR": "1",
        "CGO_ENABLED": "0",  # Go builds need no C compiler
    }


def _end(text: str) -> str:
    """The last words: where tools say what went wrong."""
    return "\n".join(line for line in text.strip().splitlines()[-12:] if line.strip())
