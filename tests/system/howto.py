"""A how-to page, followed in a copy of the services or of the whole repository."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from devkit.howto import apply_all
from localaws.aws import clients_of

ROOT = Path(__file__).parents[2]
UV = os.environ.get("UV") or shutil.which("uv") or ""


def run(folder: Path, *command: str | Path, **environ: str) -> str:
    """The output of a command that must succeed."""
    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(
        command, cwd=folder, env={**kept, "UV": UV, **environ}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def checkout(folder: Path) -> Path:
    """Makes the folder, with what git knows, committed or not."""
    for name in run(ROOT, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


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


@contextmanager
def started(command: Sequence[str | Path], folder: Path, last: str, **environ: str) -> Iterator[str]:
    """Runs a command within the context, from the line with `last` on; gives what it said until then. It has to end well at Ctrl-C."""
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, **environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if last in line:
                break
        else:
            raise AssertionError(said)
        yield said
    finally:
        process.send_signal(signal.SIGINT)
        try:
            rest, _ = process.communicate(timeout=300)
        finally:
            process.kill()
    assert process.returncode == 0, said + rest


@contextmanager
def demo(python: str | Path, env_file: Path, **environ: str) -> Iterator[Callable[[str], Any]]:
    """Runs the demo within the context, with these variables for the services; gives the clients of its AWS."""
    command = [python, "-m", "devkit.demo", "--count=1", "--keep", f"--env-file={env_file}"]
    with started(command, ROOT, "Everything runs until Ctrl-C", **environ) as said:
        (endpoint,) = [line.split()[-1] for line in said.splitlines() if line.startswith("Local AWS")]
        yield clients_of(endpoint)
