"""The wrapper `noxw`, run as a newcomer runs it: real processes, a PATH that holds next to nothing, one real install.

The install needs the package index (or what PIP_INDEX_URL and its like name).
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
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


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The one real install: two first runs at once, in a path with a space, past a python3 that is too old."""
    assert importlib.util.find_spec("ensurepip")
    folder = tmp_path_factory.mktemp("machine")
    machine = Machine.make(folder / "a repository", folder / "bin")
    machine.add_python("python3", pretending=TOO_OLD)
    machine.add_python("python3.11", externally_managed_python())
    assert shutil.which("uv", path=str(machine.bin)) is None
    runs = [machine.start("--list", PIP_USER="1", PIP_TARGET=str(folder / "elsewhere")) for _ in range(2)]
    for code, said in map(ended, runs):
        assert code == 0, said
        assert "report" in said
    (machine.bin / "python3").unlink()
    (machine.bin / "python3.11").unlink()
    yield machine
    shutil.rmtree(folder)


@pytest.mark.timeout(INSTALL_SECONDS)
def test_first_runs_at_the_same_time_leave_one_whole_environment_and_nothing_else(installed: Machine) -> None:
    assert [path.name for path in (installed.root / ".noxw").iterdir()] == ["venv"]
    assert (installed.root / ".noxw" / "venv" / "ready").exists()
    assert not (installed.root.parent / "elsewhere").exists()


@pytest.mark.timeout(INSTALL_SECONDS)
def test_a_later_run_needs_neither_a_python_on_path_nor_the_index(installed: Machine) -> None:
    before = (installed.root / ".noxw" / "venv" / "ready").stat()
    code, said = installed.run("--list", PIP_NO_INDEX="1")
    assert code == 0, said
    assert "making" not in said
    assert (installed.root / ".noxw" / "venv" / "ready").stat() == before


@pytest.mark.timeout(INSTALL_SECONDS)
def test_arguments_are_passed_on_and_nox_runs_in_the_root_with_uv_at_hand(installed: Machine, tmp_path: Path) -> None:
    code, said = installed.run("-s", "report", "--", "one two", "$three", cwd=tmp_path)
    assert code == 0, said
    tools = installed.root / ".noxw" / "venv" / "bin"
    report = (installed.root / "report.txt").read_text().splitlines()
    assert report == ["one two", "$three", str(tools / "uv"), str(tools / "nox")]


@pytest.mark.timeout(INSTALL_SECONDS)
def test_a_failing_session_makes_the_wrapper_fail(installed: Machine) -> None:
    assert installed.run("-s", "no-such-session")[0] != 0


@pytest.mark.timeout(INSTALL_SECONDS)
def test_links_to_the_wrapper_are_followed(installed: Machine, tmp_path: Path) -> None:
    (tmp_path / "folder").symlink_to(installed.root)
    (tmp_path / "link").symlink_to("folder/noxw")
    code, said = installed.run("--list", called=tmp_path / "link", cwd=tmp_path)
    assert code == 0, said


@pytest.mark.timeout(INSTALL_SECONDS)
def test_the_tools_in_the_environment_run_although_it_was_built_elsewhere(installed: Machine) -> None:
    for tool in (installed.root / ".noxw" / "venv" / "bin").iterdir():
        run = subprocess.run([tool, "--version"], capture_output=True, check=False, env={"PATH": str(installed.bin)})
        assert run.returncode == 0, f"{tool}: {run.stderr!r}"


@pytest.mark.timeout(INSTALL_SECONDS)
@pytest.mark.parametrize("spoil", ["not finished", "other versions"])
def test_an_environment_that_is_half_made_or_outdated_is_not_used(installed: Machine, spoil: str) -> None:
    ready = installed.root / ".noxw" / "venv" / "ready"
    whole = ready.read_text()
    try:
        if spoil == "not finished":
            ready.unlink()
        else:
            ready.write_text(whole.replace("nox[uv]==", "nox[uv]==1"))
        code, said = installed.run("--list")
        assert code == 1
        assert "no Python at all" in said, "it would have made a new one"
    finally:
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


def test_a_python_that_does_not_run_is_said(machine: Machine) -> None:
    (machine.bin / "python3").write_text("#!/bin/sh\nexit 127\n")
    (machine.bin / "python3").chmod(0o755)
    code, said = machine.run()
    assert code == 1
    assert "does not run" in said


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
