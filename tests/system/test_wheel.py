"""Installation of `jobctl` from its wheel and the library's, with no more than it needs, and from the checkout.

Needs the package index, for the versions in the lock.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobctl.checkout import REPOSITORY
from localaws.aws import CREDENTIALS

UV = os.environ.get("UV") or shutil.which("uv") or ""
DISTRIBUTION, LIBRARY = "jobqueue-cli", "jobqueue"
NOT_NEEDED = {"moto", "flask", "grafana-foundation-sdk", "main-job", "jobdeploy", "localaws", "devkit"}
OURS = ("VIRTUAL_ENV", "UV_PROJECT", "UV_PROJECT_ENVIRONMENT", "PYTHONPATH")
"""Of whoever runs the tests; a person's shell has none of them."""

pytestmark = [pytest.mark.skipif(not UV, reason="uv is not installed"), pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Installed:
    """An installation by `uv tool install`. `environ` has nothing of the checkout."""

    bin: Path
    python: Path
    environ: dict[str, str]

    def run(self, program: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *arguments],
            env=self.environ | environ,
            cwd=self.bin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def jobs(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return self.run(self.bin / "jobctl", *arguments, **environ)


def installed(what: str, folder: Path, name: str, *options: str) -> Installed:
    environ = {name: value for name, value in os.environ.items() if name not in OURS}
    environ |= {"UV_TOOL_DIR": str(folder / "tools"), "UV_TOOL_BIN_DIR": str(folder / "bin")}
    command = [UV, "tool", "install", "--quiet", "--python", sys.executable, *options, what]
    done = subprocess.run(command, env=environ, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    home = folder / "home"
    home.mkdir()
    python = folder / "tools" / name / "bin" / "python"
    return Installed(folder / "bin", python, {"PATH": os.environ["PATH"], "HOME": str(home)})


@pytest.fixture(scope="module")
def from_wheels(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """`jobctl` installed from wheels, with the versions of the lock, so that no new release of a dependency changes this test."""
    dist, folder = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("tool")
    for name in (LIBRARY, DISTRIBUTION):
        uv("build", "--quiet", "--wheel", f"--package={name}", f"--out-dir={dist}")
    wheel, library = dist.glob("jobqueue_cli-*.whl"), dist.glob("jobqueue-*.whl")
    locked = uv(
        "export", "--quiet", "--locked", "--no-dev", "--no-emit-workspace", "--no-hashes", f"--package={DISTRIBUTION}"
    )
    constraints = folder / "constraints.txt"
    constraints.write_text(locked)
    return installed(
        str(next(wheel)), folder, DISTRIBUTION, "--with", str(next(library)), "--constraints", str(constraints)
    )


def uv(*arguments: str) -> str:
    return subprocess.run([UV, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout


def test_installed_from_the_wheels_every_module_can_be_imported(from_wheels: Installed) -> None:
    """Without anything of the other packages: what only a checkout has is never imported."""
    program = """
import importlib, pkgutil, jobctl
for module in pkgutil.walk_packages(jobctl.__path__, "jobctl."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""
    done = from_wheels.run(from_wheels.python, "-c", program)
    assert done.returncode == 0, done.stderr
    listed = from_wheels.run(
        from_wheels.python, "-c", "import importlib.metadata as m; print(*(d.name for d in m.distributions()))"
    )
    names = {name.lower() for name in listed.stdout.split()}
    assert {DISTRIBUTION, LIBRARY} <= names
    assert not names & NOT_NEEDED


def test_installed_from_the_wheels_it_helps_asks_aws_and_has_the_page_of_its_live_view(from_wheels: Installed) -> None:
    helped = from_wheels.jobs("--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "submit" in helped.stdout
    nowhere = {"JOBS_PROJECT": "shop", "JOBS_ENVIRONMENT": "dev", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    asked = from_wheels.jobs("status", **CREDENTIALS, **nowhere)
    assert (asked.returncode, asked.stdout) == (1, "")
    assert "http://127.0.0.1:9" in asked.stderr
    program = "import jobctl, pathlib; print(*pathlib.Path(jobctl.__file__).parent.rglob('*.html'))"
    assert "watch/page/app_index.html" in from_wheels.run(from_wheels.python, "-c", program).stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_installs_for_each_shell_and_completes(from_wheels: Installed, shell: str) -> None:
    done = from_wheels.jobs("--install-completion", shell)
    assert done.returncode == 0, done.stderr
    home = Path(from_wheels.environ["HOME"])
    assert any("_JOBCTL_COMPLETE" in file.read_text() for file in home.rglob("*jobctl*") if file.is_file())
    asked = {"COMP_WORDS": "jobctl st", "COMP_CWORD": "1", "_TYPER_COMPLETE_ARGS": "jobctl st"}
    completed = from_wheels.jobs(_JOBCTL_COMPLETE=f"complete_{shell}", _TYPER_COMPLETE_FISH_ACTION="get-args", **asked)
    assert "status" in completed.stdout


def test_the_checkout_itself_installs_as_a_tool(tmp_path: Path) -> None:
    tool = installed("./tools/cli", tmp_path, DISTRIBUTION)
    done = tool.jobs("--help")
    assert (done.returncode, "submit" in done.stdout) == (0, True), done.stderr
