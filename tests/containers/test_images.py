"""The images, built and run as in Fargate: a read-only root, no capabilities, any user. Needs Docker."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import tarfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devkit.image_sizes.saved import final_modes, open_to_all, read_saved
from devkit.image_sizes.service_run import run_service
from jobctl.checkout import REPOSITORY
from jobctl.stop import StopSignals
from jobdeploy.image_build.build import BASE, base_context, build_images
from jobdeploy.image_build.docker_build import DockerBuild
from jobdeploy.image_build.labels import Source
from jobdeploy.image_build.machine import Machine
from jobdeploy.image_build.workspace import Workspace
from jobdeploy.progress import Progress
from localaws.aws import CREDENTIALS
from localaws.docker import Docker, DockerFailed
from localaws.fast_aws import Standin

SERVICES = [service.name for service in Workspace.read(REPOSITORY).services]
THIRD = """\
[project]
name = "third-job"
version = "7.8.9"
requires-python = ">=3.11"
dependencies = ["jobqueue", "markdown-it-py"]

[project.scripts]
third-job = "third_job:main"

[tool.uv.sources]
jobqueue = { workspace = true }

[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["src/third_job"]
"""
THIRD_CODE = """\
import sys

import jobqueue
import markdown_it


def main() -> int:
    print(markdown_it.__file__, jobqueue.__file__, sys.argv[1:])
    return 0
"""


@pytest.fixture(scope="module")
def docker() -> Docker:
    found = Docker()
    found.check()
    return found


@pytest.fixture
def stop() -> Iterator[StopSignals]:
    with StopSignals() as found:
        yield found


@pytest.fixture
def build(docker: Docker, stop: StopSignals) -> DockerBuild:
    return DockerBuild(docker, stop, Machine.read(os.environ), Source.read(REPOSITORY))


@pytest.fixture(scope="module")
def images(docker: Docker) -> dict[str, str]:
    with StopSignals() as stop:
        return build_images(docker, stop, Progress())


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with Standin() as running:
        yield running


@pytest.fixture
def trial(docker: Docker) -> Iterator[str]:
    """A tag for one test; what it names is removed afterwards."""
    tag = f"images-trial:{uuid.uuid4().hex[:12]}"
    yield tag
    if docker.run("images", "--quiet", tag).strip():
        docker.run("rmi", "--force", tag)


@pytest.mark.timeout(300)
def test_an_image_of_the_same_content_is_not_built_again(images: dict[str, str], build: DockerBuild) -> None:
    before = {tag: build.image_id(tag) for tag in images.values()}

    again = build_images(build.docker, build.stop, Progress())

    assert again == images
    assert {tag: build.image_id(tag) for tag in again.values()} == before
    assert set(images) == {BASE, *SERVICES}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("user", ["", "54321", "54321:4711"])
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_healthy_and_drains_at_sigterm_whoever_it_runs_as(
    service: str, user: str, images: dict[str, str], docker: Docker, stop: StopSignals, aws: Standin
) -> None:
    options = [f"--user={user}"] if user else []
    with run_service(docker, aws, images[service], service, *options) as run:
        run.seconds_to_first_receive(stop)
        _wait_until_healthy(docker, run.name)
        who = docker.run("exec", run.name, "python", "-c", "import os; print(os.getuid(), os.getgid())").split()
        docker.run("kill", "--signal=TERM", run.name)
        code = docker.run("wait", run.name, timeout=60).strip()

        assert code == "0", run.log()
        assert who[0] == (user or "10001").partition(":")[0]
        assert "Traceback" not in run.log(200)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_setuid_or_writable_by_everybody_and_nothing_of_the_build_stays(
    service: str, images: dict[str, str], docker: Docker, tmp_path: Path
) -> None:
    archive = tmp_path / "image.tar"
    docker.run("save", f"--output={archive}", images[service], images[BASE])
    layers = read_saved(archive)[images[service]]
    files = final_modes(layers)

    assert open_to_all(layers) == []
    assert not [path for path in files if path.startswith(("/context", "/mnt/", "/run/secrets", "/root/.cache"))]
    assert not [path for path in files if path.startswith("/opt/jobs") and "/pip/" in path]
    assert not [path for path in files if path.endswith(("/bin/gcc", "/bin/cc", "/bin/ld", "/bin/make"))]
    sources = [path for path in files if path.startswith("/opt/jobs/lib") and path.endswith(".py")]
    compiled = [path for path in files if path.startswith("/opt/jobs/lib") and path.endswith(".pyc")]
    assert len(compiled) == len(sources) > 500


@pytest.mark.timeout(60)
def test_an_image_is_what_it_says(images: dict[str, str], docker: Docker) -> None:
    workspace = Workspace.read(REPOSITORY)
    for service in workspace.services:
        said = docker.run("run", "--rm", "--read-only", "--network=none", images[service.name], "--version")
        assert said.strip() == f"{service.name} {service.version}"
    for package in (workspace.library, *workspace.services):
        config = json.loads(docker.run("image", "inspect", "--format={{json .Config}}", images[package.name]))
        labels = {name.rpartition(".")[2]: value for name, value in config["Labels"].items()}

        assert labels["title"] == f"{workspace.project}/{package.name}"
        assert labels["version"] == package.version
        assert labels["revision"]
        assert labels["source"]
        assert config["User"] == "10001:10001"
        assert not config.get("Healthcheck")
        assert not config.get("ExposedPorts")


@pytest.mark.timeout(300)
def test_the_bundle_and_the_index_are_used_and_are_in_no_layer(
    build: DockerBuild, trial: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = f"marker-{uuid.uuid4().hex}"
    bundle = tmp_path / "ca.pem"
    bundle.write_text(f"# {marker}\n{_this_machines_bundle()}")
    context = base_context(Workspace.read(REPOSITORY), tmp_path / "context")
    machine = replace(build.machine, ca=bundle)
    fresh = replace(build, machine=machine, arguments=("--no-cache", f"--tag={trial}", *build.python_arguments()))

    fresh.run(context)

    archive = tmp_path / "image.tar"
    build.docker.run("save", f"--output={archive}", trial)
    assert _holding(archive, b"opentelemetry"), "the search finds what is there"
    assert _holding(archive, marker.encode()) == []

    bundle.write_text(f"# {marker}: no certificate\n")
    with pytest.raises(DockerFailed, match=r"(?i)certificate|ssl"):
        fresh.run(context)

    monkeypatch.setenv("PIP_INDEX_URL", "file:///no-such-index")
    with pytest.raises(DockerFailed, match="Looking in indexes: file:///no-such-index"):
        replace(fresh, machine=replace(build.machine, index=True)).run(context)


@pytest.mark.timeout(300)
def test_a_third_service_with_a_package_of_its_own_needs_only_its_folder(
    images: dict[str, str], build: DockerBuild, tmp_path: Path
) -> None:
    repository = _copy_of_the_workspace(tmp_path / "copy")
    code = repository / "services" / "third-job" / "src" / "third_job" / "__init__.py"
    code.parent.mkdir(parents=True)
    code.write_text(THIRD_CODE)
    (repository / "services" / "third-job" / "pyproject.toml").write_text(THIRD)
    subprocess.run(["uv", "lock", "--quiet"], cwd=repository, check=True)

    found = build_images(build.docker, build.stop, Progress(), repository=repository, build=build)
    try:
        said = build.docker.run("run", "--rm", "--read-only", found["third-job"], "--some", "argument")
    finally:
        build.docker.run("rmi", "--force", found["third-job"])

    packages = "/opt/jobs/lib/python3"
    assert said.count(packages) == 2
    assert said.strip().endswith("['--some', 'argument']")
    assert {name: found[name] for name in images} == images, "no other image has changed"


def _wait_until_healthy(docker: Docker, name: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            docker.run("exec", name, "python", "-m", "jobqueue.health")
        except DockerFailed:
            if time.monotonic() > deadline:
                raise
        else:
            return


def _this_machines_bundle() -> str:
    """The certificates that this machine trusts, where it names a file of them; else those of certifi, as pip has them."""
    import certifi

    named = os.environ.get("JOBS_BUILD_CA") or os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    return Path(named if named and Path(named).is_file() else certifi.where()).read_text()


def _holding(archive: Path, wanted: bytes) -> list[str]:
    """Names of all that holds these bytes: files in the layers, and the archive's own files about the image."""
    found = []
    with tarfile.open(archive) as saved:
        for member in saved:
            content = saved.extractfile(member) if member.isfile() else None
            if content is None:
                continue
            if member.size < 1_000_000 and wanted in content.read():
                found.append(member.name)
            content.seek(0)
            try:
                with tarfile.open(fileobj=content, mode="r:*") as layer:
                    files = (file for file in layer if file.isfile())
                    found += [file.name for file in files if wanted in _bytes(layer, file)]
            except tarfile.ReadError:
                continue  # no layer
    return found


def _bytes(layer: tarfile.TarFile, file: tarfile.TarInfo) -> bytes:
    content = layer.extractfile(file)
    assert content is not None
    return content.read()


def _copy_of_the_workspace(folder: Path) -> Path:
    left_out = shutil.ignore_patterns("__pycache__", "tests", ".venv", "dist", "*.egg-info")
    for name in ("libs", "services", "tools", "docker"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=left_out)
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copyfile(REPOSITORY / name, folder / name)
    return folder
