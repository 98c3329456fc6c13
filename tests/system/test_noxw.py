"""The wrapper `noxw`, run as a newcomer runs it: real processes, a PATH that holds next to nothing, one real install.

The install needs the package index (or what PIP_INDEX_URL and its like name).
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

NOXW = Path(__file__).parents[2] / "noxw"
NOXFILE = """
import shutil
from pathlib import Path

import nox

@nox.session(python=False)
def report(session):
    session.run("uv", "--version", external=True)
    Path("report.txt").write_text("\\n".join([*session.posargs, shutil.which("uv"), shutil.which("nox")]))
"""
SYSTEM_TOOLS = ("sh", "cat", "chmod", "dirname", "find", "mkdir", "mktemp", "mv", "readlink", "rm")
PYTHON = os.path.realpath(sys.executable)
INSTALL_SECONDS = 300

AS_IT_IS = ""
TOO_OLD = 'sys.version_info = (3, 9, 18, "final", 0)'
WITHOUT_VENV = """
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name == "ensurepip" else real(name)
"""


@dataclass
class Machine:
    """A copy of the wrapper with a small noxfile, and a PATH of its own: no uv, no nox, no pip, Pythons as added."""

    root: Path
    bin: Path

    @classmethod
    def make(cls, root: Path, bin_: Path) -> "Machine":
        root.mkdir(parents=True)
        bin_.mkdir(parents=True)
        shutil.copy(NOXW, root / "noxw")
        (root / "noxfile.py").write_text(NOXFILE)
        for tool in SYSTEM_TOOLS:
            (bin_ / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
        return cls(root, bin_)

    def add_python(self, name: str, python: str = PYTHON, *, pretending: str = AS_IT_IS) -> Path:
        """Puts a Python on PATH; `pretending` runs before every `-c` program."""
        stub = self.bin / name
        wrapped = f"""exec "{python}" -c 'import sys
{pretending}
exec(sys.argv.pop())' "$@" """
        stub.write_text(f"""#!/bin/sh\n{wrapped if pretending else f'exec "{python}" "$@"'}\n""")
        stub.chmod(0o755)
        return stub

    def start(self, *arguments: str, called: Path | None = None, cwd: Path | None = None, **more: str) -> "Run":
        kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "HTTP", "SSL_", "HOME"))}
        environment = {**kept, "PATH": str(self.bin), "TERM": "dumb", **more}
        return subprocess.Popen(
            [called or self.root / "noxw", *arguments],
            cwd=cwd or self.bin,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, called: Path | None = None, cwd: Path | None = None, **more: str) -> tuple[int, str]:
        """The exit code and all that was said."""
        return ended(self.start(*arguments, called=called, cwd=cwd, **more))


Run = subprocess.Popen[str]


def ended(run: Run) -> tuple[int, str]:
    said, _ = run.communicate(timeout=INSTALL_SECONDS)
    return run.returncode, said


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine.make(tmp_path / "repository", tmp_path / "bin")


def externally_managed_python() -> str:
    """The system's own Python where its pip refuses to install (PEP 668) and it can make environments; else ours."""
    system = "/usr/bin/python3"
    program = (
        "import importlib.util, pathlib, sys, sysconfig;"
        "marker = pathlib.Path(sysconfig.get_path('stdlib'), 'EXTERNALLY-MANAGED');"
        "sys.exit(not (sys.version_info >= (3, 11) and importlib.util.find_spec('ensurepip') and marker.exists()))"
    )
    fits = Path(system).exists() and subprocess.run([system, "-I", "-c", program], check=False).returncode == 0
    return system if fits else PYTHON


@pytest.mark.timeout(INSTALL_SECONDS)
def test_the_first_run_installs_and_later_ones_need_neither_a_python_on_path_nor_the_index(tmp_path: Path) -> None:
    """The one real install: two first runs at once, in a path with a space, past a python3 that is too old."""
    assert importlib.util.find_spec("ensurepip")
    machine = Machine.make(tmp_path / "a repository", tmp_path / "bin")
    machine.add_python("python3", pretending=TOO_OLD)
    machine.add_python("python3.11", externally_managed_python())
    assert shutil.which("uv", path=str(machine.bin)) is None
    runs = [machine.start("--list", PIP_USER="1", PIP_TARGET=str(tmp_path / "elsewhere")) for _ in range(2)]
    for code, said in map(ended, runs):
        assert code == 0, said
        assert "report" in said
    assert [path.name for path in (machine.root / ".noxw").iterdir()] == ["venv"]
    assert not (tmp_path / "elsewhere").exists()
    (machine.bin / "python3").unlink()
    (machine.bin / "python3.11").unlink()

    tools, ready = machine.root / ".noxw" / "venv" / "bin", machine.root / ".noxw" / "venv" / "ready"
    (tmp_path / "link").symlink_to(machine.root / "noxw")
    code, said = machine.run(
        "-s", "report", "--", "one two", "$three", called=tmp_path / "link", cwd=tmp_path, PIP_NO_INDEX="1"
    )
    assert code == 0, said
    assert "making" not in said
    report = (machine.root / "report.txt").read_text().splitlines()
    assert report == ["one two", "$three", str(tools / "uv"), str(tools / "nox")]
    assert machine.run("-s", "no-such-session")[0] != 0

    whole = ready.read_text()
    for spoilt in (None, whole.replace("nox[uv]==", "nox[uv]==1")):  # not finished; of other versions
        ready.unlink()
        if spoilt:
            ready.write_text(spoilt)
        code, said = machine.run("--list")
        assert code == 1
        assert "no Python at all" in said, "it would have made a new one"
        ready.write_text(whole)


def test_a_python_that_is_too_old_is_named_with_its_version(machine: Machine) -> None:
    stub = machine.add_python("python3", pretending=TOO_OLD)
    code, said = machine.run("-s", "test")
    assert code == 1
    assert f"{stub} is Python 3.9.18: too old" in said
    assert "3.11" in said
    assert not (machine.root / ".noxw").exists()


def test_no_python_at_all_is_said(machine: Machine) -> None:
    code, said = machine.run()
    assert code == 1
    assert "no Python at all" in said


def test_a_python_without_venv_names_debians_package(machine: Machine) -> None:
    machine.add_python("python3", pretending=WITHOUT_VENV)
    code, said = machine.run()
    assert code == 1
    assert "without venv" in said
    assert "apt install python3-venv" in said


@pytest.mark.parametrize("pretending", [TOO_OLD, None])
def test_a_python_that_was_named_is_used_or_refused_but_never_replaced(
    machine: Machine, pretending: str | None
) -> None:
    machine.add_python("python3")
    named = machine.bin / "mine"
    if pretending:
        machine.add_python("mine", pretending=pretending)
    code, said = machine.run(PYTHON=str(named))
    assert code == 1
    assert f"PYTHON={named}" in said
    assert not (machine.root / ".noxw").exists()


@pytest.mark.timeout(INSTALL_SECONDS)
def test_an_index_out_of_reach_is_said_and_leaves_no_half_environment(machine: Machine) -> None:
    machine.add_python("python3")
    code, said = machine.run(
        "--list",
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_EXTRA_INDEX_URL="",
        PIP_FIND_LINKS="",
        PIP_RETRIES="0",
        PIP_CONFIG_FILE=os.devnull,
    )
    assert code == 1
    assert "Is the package index reachable?" in said
    assert list((machine.root / ".noxw").iterdir()) == []
