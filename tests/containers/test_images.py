"""The images, built and run as in Fargate: a read-only root, no capabilities, any user. Needs Docker."""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import subprocess
import tarfile
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from devkit.services import Resources, make_log_group, make_queues, service_environ
from jobctl.checkout import REPOSITORY
from jobctl.errors import CommandError, UsageError
from jobctl.stop import Stopped, StopSignals
from jobdeploy.images.building import build_images, open_build
from jobdeploy.images.docker import Docker as BuildDocker
from jobdeploy.images.sources import BASE, read_packages
from jobdeploy.progress import Progress
from localaws.aws import CREDENTIALS, LocalAws
from localaws.docker import Docker, DockerFailed
from localaws.fast_aws import FastAws

PACKAGES = read_packages(REPOSITORY)
SERVICES = [name for name in PACKAGES if name != BASE]
MAX_BASE_BYTES = 90_000_000
"""Of its own layers, unpacked: what a task pulls before its first job."""
HARDENED = (
    "--read-only",
    "--tmpfs=/tmp:rw,noexec,nosuid,nodev,mode=1777,size=16m",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--init",
)
"""As the task definition has it (infra/terraform/modules/worker/containers.tf)."""
OPEN_TO_ALL = [
    "find",
    "/",
    "-xdev",
    "(",
    "-perm",
    "/6000",
    "-o",
    "-perm",
    "-0002",
    ")",
    "(",
    "-type",
    "f",
    "-o",
    "-type",
    "d",
    ")",
]
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

[tool.jobs]
system-packages = ["tree"]
"""
THIRD_CODE = """\
import shutil
import sys

import jobqueue
import markdown_it


def main() -> int:
    print(shutil.which("tree"), markdown_it.__file__, jobqueue.__file__, sys.argv[1:])
    return 0
"""


@pytest.fixture(scope="module")
def stop() -> Iterator[StopSignals]:
    with StopSignals() as found:
        yield found


@pytest.fixture(scope="module")
def images(docker: Docker, stop: StopSignals) -> dict[str, str]:
    return build_images(REPOSITORY, BuildDocker(stop), Progress())


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[FastAws]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with FastAws() as running:
        yield running


@pytest.fixture
def trial(docker: Docker) -> Iterator[str]:
    """A tag for one test; what it names is removed afterwards."""
    tag = f"images-trial:{uuid.uuid4().hex[:12]}"
    yield tag
    if docker.run("images", "--quiet", tag).strip():
        docker.run("rmi", "--force", tag)


@pytest.mark.timeout(600)
def test_an_image_of_the_same_content_is_not_built_again(
    images: dict[str, str], stop: StopSignals, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build_images(REPOSITORY, BuildDocker(stop), Progress()) == images
    assert set(images) == {BASE, *SERVICES}
    said = capsys.readouterr().out
    assert said.count(", was there") == len(images)
    assert "build" not in said


@pytest.mark.parametrize("user", ["", "54321", "54321:4711"])
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_healthy_and_drains_at_sigterm_whoever_it_runs_as(
    service: str, user: str, images: dict[str, str], docker: Docker, aws: FastAws
) -> None:
    local = LocalAws(aws.endpoint)
    queues = make_queues(local.sqs(), "")
    make_log_group(local.logs(), "/run")
    nobody = "http://127.0.0.1:4318"  # jobs do not wait for a collector
    environ = service_environ(Resources(local, queues, "/run", nobody), service, Path("/tmp"))
    name = f"images-run-{uuid.uuid4().hex[:12]}"
    options = [f"--env={key}={value}" for key, value in environ.items()] + ([f"--user={user}"] if user else [])
    try:
        docker.run("run", "--detach", f"--name={name}", "--network=host", *HARDENED, *options, images[service])
        _wait_until_healthy(docker, name)
        who = docker.run("exec", name, "python", "-c", "import os; print(os.getuid(), os.getgid())").split()
        docker.run("kill", "--signal=TERM", name)
        code = docker.run("wait", name, timeout=60).strip()
        said = docker.start("logs", name).communicate()[0]

        assert code == "0", said
        assert who[0] == (user or "10001").partition(":")[0]
        assert "Traceback" not in said
    finally:
        with suppress(DockerFailed):
            docker.run("rm", "--force", "--volumes", name)


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_setuid_or_writable_by_everybody_and_nothing_of_the_build_stays(
    service: str, images: dict[str, str], docker: Docker
) -> None:
    def found(*command: str) -> list[str]:
        entry = f"--entrypoint={command[0]}"
        return docker.run("run", "--rm", "--user=0", "--network=none", entry, images[service], *command[1:]).split()

    assert found(*OPEN_TO_ALL) == ["/tmp"]
    look = "import os; print(*[one for one in ('/context', '/run/secrets', '/root/.cache') if os.path.exists(one)], *os.listdir('/mnt'))"
    assert found("python", "-c", look) == []
    assert found("find", "/opt/jobs/lib", "-path", "*/pip/*") == []
    sources, compiled = (found("find", "/opt/jobs/lib", "-name", f"*.{kind}") for kind in ("py", "pyc"))
    assert len(compiled) == len(sources) > 500


def test_an_image_is_what_it_says_and_the_base_no_larger_than_it_should_be(
    images: dict[str, str], docker: Docker
) -> None:
    for service in SERVICES:
        said = docker.run("run", "--rm", "--read-only", "--network=none", images[service], "--version")
        assert said.strip() == f"{service} {PACKAGES[service].version}"
    found = {name: json.loads(docker.run("image", "inspect", tag))[0] for name, tag in images.items()}
    for name, image in found.items():
        config = image["Config"]
        labels = {label.rpartition(".")[2]: value for label, value in config["Labels"].items()}
        assert labels["title"] == f"message-driven-microservices/{name}"
        assert labels["version"] == PACKAGES[name].version
        assert labels["revision"]
        assert config["User"] == "10001:10001"
        assert not config.get("Healthcheck")
        assert not config.get("ExposedPorts")
    own = docker.run("history", "--format={{.Size}} {{.CreatedBy}}", "--human=false", images[BASE]).splitlines()
    added = [int(line.split()[0]) for line in own if "COPY /opt/" in line]
    assert len(added) == 2
    assert sum(added) < MAX_BASE_BYTES
    for service in SERVICES:
        base = found[BASE]["RootFS"]["Layers"]
        assert found[service]["RootFS"]["Layers"][: len(base)] == base


@pytest.mark.timeout(600)
def test_the_bundle_and_the_index_are_used_and_are_in_no_layer(
    docker: Docker, stop: StopSignals, trial: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = f"marker-{uuid.uuid4().hex}"
    bundle, link = tmp_path / "ca.pem", tmp_path / "link.pem"
    link.symlink_to(bundle)
    bundle.write_text(f"# {marker}\n{_this_machines_bundle()}")
    monkeypatch.setenv("JOBS_BUILD_CA", os.path.relpath(link))

    def build_base() -> None:
        with open_build(REPOSITORY, BuildDocker(stop), []) as build:
            build.bake(BuildDocker(stop), {BASE: trial}, "--load", "--no-cache")

    build_base()
    archive = tmp_path / "image.tar"
    docker.run("save", f"--output={archive}", trial)
    assert _holding(archive, b"opentelemetry"), "the search finds what is there"
    assert _holding(archive, marker.encode()) == []

    bundle.write_text(f"# {marker}: no certificate\n")
    with pytest.raises(CommandError, match=r"(?i)certificate|ssl"):
        build_base()

    monkeypatch.delenv("JOBS_BUILD_CA")
    monkeypatch.setenv("PIP_INDEX_URL", "file:///no-such-index")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "file:///nor-this-one")
    with pytest.raises(CommandError, match="Looking in indexes: file:///no-such-index, file:///nor-this-one"):
        build_base()

    monkeypatch.setenv("JOBS_BUILD_CA", str(tmp_path / "absent.pem"))
    with pytest.raises(UsageError, match=r"JOBS_BUILD_CA=.* is no file"):
        build_base()


@pytest.mark.timeout(600)
def test_a_third_service_with_packages_of_its_own_needs_only_its_folder_and_is_told_when_it_is_too_large(
    images: dict[str, str], docker: Docker, stop: StopSignals, tmp_path: Path
) -> None:
    repository = _copy_of_the_workspace(tmp_path / "copy")
    code = repository / "services" / "third-job" / "src" / "third_job" / "__init__.py"
    code.parent.mkdir(parents=True)
    code.write_text(THIRD_CODE)
    (repository / "services" / "third-job" / "pyproject.toml").write_text(THIRD)
    subprocess.run(["uv", "lock", "--quiet"], cwd=repository, check=True)

    workspace, limit = repository / "pyproject.toml", "max-image-megabytes = "
    workspace.write_text(workspace.read_text().replace(limit, f"{limit}0."))
    with pytest.raises(CommandError, match=r"third-job adds .* MB to the base \(markdown-it-py, mdurl, tree\)"):
        build_images(repository, BuildDocker(stop), Progress())
    workspace.write_text(workspace.read_text().replace(f"{limit}0.", limit))
    found = build_images(repository, BuildDocker(stop), Progress())
    try:
        said = docker.run("run", "--rm", "--read-only", found["third-job"], "--some", "argument")
        command = ("--rm", "--user=0", "--network=none", f"--entrypoint={OPEN_TO_ALL[0]}", found["third-job"])
        assert docker.run("run", *command, *OPEN_TO_ALL[1:]).split() == ["/tmp"]
    finally:
        docker.run("rmi", "--force", found["third-job"])

    packages = "/opt/jobs/lib/python3"
    assert said.count(packages) == 2
    assert said.startswith("/usr/bin/tree ")
    assert said.strip().endswith("['--some', 'argument']")
    assert {name: found[name] for name in images} == images, "no other image has changed"


def test_a_command_that_is_asked_to_end_ends(docker: Docker) -> None:
    with StopSignals() as told:
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(Stopped):
            BuildDocker(told).run("events", "--filter", "label=images-trial-never")


def _wait_until_healthy(docker: Docker, name: str) -> None:
    deadline = time.monotonic() + 60
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
