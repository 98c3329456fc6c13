"""Every check and chore by name: `nox -l` lists them, `nox` runs what a laptop without Docker or AWS can.

    ./noxw -s demo        nothing installed but Python: the wrapper brings nox and uv
    nox -s test           with nox[uv]; `uvx --with uv nox -s test` is the same

Sessions are thin: uv installs what the lock says into the session's own environment, a tool or a module of `tools/` does the work.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "none"  # `sync` makes the environments
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "imports", "docs", "test"]

AWS_CLI = "awscli==1.46.3"
"""Outside the lock: it pins a botocore that the lock has left behind."""

PATH = os.environ["PATH"]
OLDEST, NEWEST = 11, 14
HERE = f"3.{sys.version_info.minor}"
UV = {"UV": nox.virtualenv.UV}
"""For tools that call uv: it may be in nox's own environment only."""
SERVICES = sorted(file.parent.name for file in Path(__file__).parent.glob("services/*/pyproject.toml"))
TOOLS = ("cli", "deploy", "localaws", "devkit")
CORES = os.cpu_count() or 1
PACKAGES = {
    "common": ("--package=jobqueue", "libs/common/tests"),
    **{name: (f"--package={name}", f"services/{name}/tests") for name in SERVICES},
    "tools": ("--all-packages", "tools"),
    "together": ("--all-packages", "tests/system"),
}
"""What each is tested with: only its own dependencies. `together`: real processes and signals (crash, stop, skew, the how-to, the wrapper)."""

SOURCES = ("libs/common/src", *(f"services/{name}/src" for name in SERVICES), *(f"tools/{name}/src" for name in TOOLS))


def installed(minor: int) -> bool:
    """Whether this machine has that Python (a version manager's shim may stand for one that it has not)."""
    name = shutil.which(f"python3.{minor}")
    return name is not None and subprocess.run([name, "-c", ""], capture_output=True, check=False).returncode == 0


PYTHONS = sorted(
    {HERE, *(f"3.{minor}" for minor in range(OLDEST, NEWEST + 1) if installed(minor))}, key=lambda v: int(v[2:])
)


def sync(session: nox.Session, *what: str, name: str = "") -> Path:
    """Makes the session's environment exactly what the lock says, and gives its folder; never another Python, never a changed lock.

    uv makes it, not nox, which would make it anew for each run, under the feet of a run of the same session that goes on. uv changes what differs,
    and one run waits for another. `name`: the environment of another session, with the same in it.
    """
    folder = Path(getattr(session.virtualenv, "location", Path(__file__).parent / ".nox" / (name or session.name)))
    session.run_install(
        nox.virtualenv.UV, "sync", "--locked", "--quiet", f"--python={session.python}", *what,
        env={"UV_PROJECT_ENVIRONMENT": str(folder), "UV_PYTHON_DOWNLOADS": "never"},
    )  # fmt: skip
    os.environ["PATH"] = f"{folder / 'bin'}{os.pathsep}{PATH}"
    session.env["VIRTUAL_ENV"] = str(folder)
    # Where it is set, each of the many processes would compile all that it imports.
    session.env["PYTHONDONTWRITEBYTECODE"] = ""
    return folder


@nox.session(python=HERE)
def test(session: nox.Session) -> None:
    """All tests that need no Docker, on this Python (`-- -m "not slow"`, `-- libs/common`, `-- -k NAME`)."""
    sync(session, "--all-packages", "--group=test")
    run_tests(session, *(tests for _, tests in PACKAGES.values()))


@nox.session(python=PYTHONS, venv_backend="uv")
@nox.parametrize("package", list(PACKAGES))
def pythons(session: nox.Session, package: str) -> None:
    """The same on every Python that is here, each package with only its own dependencies (`--python 3.12`, `-k common`)."""
    installed_with, tests = PACKAGES[package]
    sync(session, installed_with, "--group=test")
    run_tests(session, tests)


def run_tests(session: nox.Session, *tests: str) -> None:
    """Tests of these folders, or of those that were named, side by side: slow ones wait most of the time, the others compute."""
    named = any(Path(argument.partition("::")[0]).exists() for argument in session.posargs)
    workers = CORES + 1 if "not slow" in session.posargs else 2 * CORES
    arguments = ("-q", f"--numprocesses={workers}", "--dist=worksteal", *session.posargs, *(() if named else tests))
    session.run("pytest", *arguments, env=UV)


@nox.session(python=HERE)
def system(session: nox.Session) -> None:
    """The whole thing in real containers, as Terraform registered it, on a local AWS; needs Docker and Terraform (`-- -k NAME`)."""
    sync(session, "--all-packages", "--group=test", name="test")
    # Before tests that would each build them.
    session.run("python", "-m", "jobdeploy.images", env=UV, interrupt_timeout=30)
    groups = "--numprocesses=3"  # tests/containers/conftest.py
    session.run("pytest", "-q", groups, *session.posargs, "tests/containers", env=UV, interrupt_timeout=60)


@nox.session(python=HERE)
def example(session: nox.Session) -> None:
    """`examples/` added to a clone as their pages say, checked and run there; needs Docker, Terraform, Postgres (`apt-get install postgresql`)."""
    sync(session, "--all-packages", "--group=test", name="test")
    session.run("pytest", "-q", *session.posargs, "tests/example", env=UV, interrupt_timeout=60)


@nox.session(python=HERE)
def screenshots(session: nox.Session) -> None:
    """What people look at in a browser, proven in Chromium, and its screenshots in the docs made anew; needs Chromium (`-- -k NAME`)."""
    sync(session, "--all-packages", "--group=browser")
    session.run("pytest", *(session.posargs or ["-q"]), "tests/browser", env={**UV, "JOBS_SCREENSHOTS": "write"})


@nox.session(python=HERE)
def lint(session: nox.Session) -> None:
    """Format and rules: Python (ruff), workflows (zizmor)."""
    sync(session, "--only-group=lint")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("zizmor", "--offline", "--persona=pedantic", "--quiet", ".github")


@nox.session(python=HERE)
def fix(session: nox.Session) -> None:
    """Formats, mends what ruff can mend, and writes the generated pages and dashboard anew."""
    sync(session, "--all-packages", "--group=lint")
    session.run("ruff", "check", "--fix", ".")
    session.run("ruff", "format", ".")
    session.run("python", "-m", "devkit.pages", "--write")


@nox.session(python=HERE)
def types(session: nox.Session) -> None:
    """Types, strictly (mypy)."""
    sync(session, "--all-packages", "--group=types")
    session.run("mypy", *SOURCES, "noxfile.py", env={"MYPYPATH": ":".join(SOURCES)})


@nox.session(python=HERE)
def imports(session: nox.Session) -> None:
    """Layers and forbidden imports (import-linter)."""
    sync(session, "--all-packages", "--group=imports")
    session.run("lint-imports", "--no-cache")


@nox.session(python=HERE)
def docs(session: nox.Session) -> None:
    """Generated pages are up to date, links lead somewhere; builds the site into site/ (`-- serve` to look at it while writing)."""
    sync(session, "--all-packages", "--group=docs")
    session.run("python", "-m", "devkit.pages")
    session.run("zensical", *(session.posargs or ["build", "--clean", "--strict"]))


@nox.session(python=HERE)
def infra(session: nox.Session) -> None:
    """Terraform: format, validate, test; applies every root to a local AWS, changes it, destroys it to nothing (`-- apply`)."""
    aws = f"{sync(session, '--package=devkit')}/aws-cli"
    session.run_install(
        nox.virtualenv.UV, "tool", "install", "--quiet", f"--python={session.python}", AWS_CLI,
        env={"UV_TOOL_DIR": aws, "UV_TOOL_BIN_DIR": f"{aws}/bin", "UV_PYTHON_DOWNLOADS": "never"},
    )  # fmt: skip
    session.run(
        "python", "-m", "devkit.infra_check", f"--aws-cli={aws}/bin/aws", *session.posargs, interrupt_timeout=60
    )


@nox.session(python=HERE)
def wheels(session: nox.Session) -> None:
    """The wheels of `jobctl` and of the library, which it needs, into dist/."""
    for package in ("jobqueue", "jobqueue-cli"):
        session.run(nox.virtualenv.UV, "build", "--quiet", "--wheel", f"--package={package}", "--out-dir=dist")


@nox.session(python=HERE)
def add(session: nox.Session) -> None:
    """A library for one service, as `uv add` does it: `-- background-job httpx "boto3>=1.40"` (uv's own options too: `--index`, `--upgrade`)."""
    if len(session.posargs) < 2:
        session.error("nox -s add -- SERVICE LIBRARY [LIBRARY ...]")
    service, *libraries = session.posargs
    session.run(nox.virtualenv.UV, "add", "--no-sync", f"--package={service}", *libraries)


def tool(name: str, said: str, *command: str, group: str = "", interrupt_seconds: float = 15) -> None:
    """A session that runs a module (`devkit.NAME`, or `command`) with its arguments behind `--`; Ctrl-C leaves it so long to end by itself."""

    def step(session: nox.Session) -> None:
        module, *arguments = command or (f"devkit.{name}",)
        run_module(session, module, *arguments, group=group, interrupt_seconds=interrupt_seconds)

    step.__doc__ = said
    nox.session(name=name, python=HERE)(step)


def deploy_step(name: str, said: str) -> None:
    """One step of `jobdeploy`. Ctrl-C: Terraform ends by itself, with its state written and its lock given back."""

    def step(session: nox.Session) -> None:
        module = "devkit.local_deploy" if "--local" in session.posargs else "jobdeploy"
        run_module(session, module, name, interrupt_seconds=900)

    step.__doc__ = said
    nox.session(name=name, python=HERE)(step)


def run_module(
    session: nox.Session, module: str, *arguments: str, group: str = "", interrupt_seconds: float = 15
) -> None:
    """Runs a module of `tools/` with what its package needs. `devkit` runs all services, one that was added too."""
    package = module.partition(".")[0]
    needed = "--all-packages" if package == "devkit" else f"--package={package}"
    sync(session, needed, *([f"--group={group}"] if group else []))
    session.run("python", "-m", module, *arguments, *session.posargs, env=UV, interrupt_timeout=interrupt_seconds)


tool(
    "demo",
    "The whole flow on an embedded local AWS (`-- --count 200 --fail 5 --poison 3 --report demo.html`, `-- --help`).",
)
tool(
    "dev",
    "Both services on a local AWS, started anew when a file is saved; type a job, or `-- submit TYPE DATA` in another terminal (`-- --help`).",
)
tool("bench", "CPU, API calls and throughput next to the floor, on the stand-in (`-- --help`).")
tool(
    "images",
    "Builds the shared base and every service's image for this machine; needs Docker (`-- main-job`, `-- --help`).",
    "jobdeploy.images",
    interrupt_seconds=30,
)
tool(
    "local",
    "The real images as in Fargate: `-- up | reload SERVICE | scale SERVICE 3 | kill SERVICE | logs | down`; needs Docker and Terraform.",
    "devkit.local_stack",
    interrupt_seconds=180,
)
tool(
    "scan",
    "Dependencies, Terraform, Dockerfiles, workflows, shell, secrets (`-- --offline`, `-- NAME`, `-- --help`).",
    "jobdeploy.scan",
)
tool(
    "release",
    "The next version of one package: changelog, one commit, tags (`-- background-job minor --dry-run`, `-- --help`).",
    "jobdeploy.release",
    group="release",
)
tool(
    "new-service",
    "Makes a service with a queue of its own: folder, Terraform block, import contracts (`-- report-job`, `-- --help`).",
    "devkit.new_service",
)
deploy_step("bootstrap", "Once for an account: the states' bucket, the repositories, GitHub's roles (`-- --help`).")
deploy_step("push", "The images into ECR, the collector mirrored; tells the digests.")
deploy_step(
    "deploy",
    "A checkout becomes verified running jobs (`-- --environment dev`; `-- --local`: on this machine, without an account).",
)
deploy_step("smoke", "Sends a trigger and follows its job to the end.")
deploy_step("rollback", "To the images of the deployment before.")
deploy_step("drift", "Whether AWS matches this checkout.")
deploy_step("destroy", "Deletes an environment; asks for its name first.")
deploy_step("unlock", "Removes a lock that a killed run left; without an ID, lists locks.")
