"""Pushes of images to a registry by digest, each once. Needs Docker and a real registry (Debian's docker-registry).

AWS here is the local AWS.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from devkit.local_deploy.images import LocalImages
from devkit.local_deploy.registry import start_registry
from jobctl.checkout import REPOSITORY
from jobctl.errors import CommandError, NotAllowedError, UsageError
from jobctl.stop import StopSignals
from jobdeploy.images import ImageStep, registry
from jobdeploy.images.docker import Docker as BuildDocker
from jobdeploy.images.gate import ImageRefusedError, gate
from jobdeploy.images.pushing import Pushed
from jobdeploy.images.sources import BASE, read_packages
from jobdeploy.progress import Progress
from jobdeploy.target import DeployTarget
from localaws.aws import only_local_credentials, start_aws
from localaws.docker import Docker
from localaws.processes import Processes

pytestmark = pytest.mark.timeout(600)
PROJECT = "push-trial"
PASSWORD = "$2b$05$Yl9lX7N0mTDYv3ml7.5jIe5lr.ZG8/waJxZ6c4M.Dqthi6aAmP8EO"
"""bcrypt of what moto gives out."""
REVISION = "1234567890abcdef1234567890abcdef12345678"
NEXT = "fedcba0987654321fedcba0987654321fedcba09"
PACKAGES = read_packages(REPOSITORY)
SERVICES = [name for name in PACKAGES if name != BASE]
BAD = {
    "name": "CVE-2026-0001",
    "severity": "CRITICAL",
    "description": "Reads what it should not.",
    "attributes": [{"key": "package_name", "value": "libexample1"}, {"key": "package_version", "value": "1.2-3"}],
}


@pytest.fixture(scope="module")
def stop() -> Iterator[StopSignals]:
    with StopSignals() as found:
        yield found


@pytest.fixture(scope="module")
def build_docker(stop: StopSignals) -> BuildDocker:
    return BuildDocker(stop)


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    with Processes("push-trial-") as found:
        yield found


@pytest.fixture(scope="module")
def target(docker: Docker, processes: Processes, stop: StopSignals) -> Iterator[DeployTarget]:
    before = dict(os.environ)
    only_local_credentials(os.environ)
    aws = start_aws(processes)
    address = start_registry(processes, stop).address
    found = DeployTarget(PROJECT, "dev", "us-east-1", "123456789012", endpoint_url=aws.endpoint(), registry=address)
    for name in ("collector", *PACKAGES):
        found.clients("ecr").create_repository(repositoryName=f"{PROJECT}/{name}", imageTagMutability="IMMUTABLE")
    yield found
    os.environ.clear()
    os.environ.update(before)
    listed = docker.run("images", "--format={{.Repository}}:{{.Tag}}").split()
    ours = [one for one in listed if one.startswith(f"{address}/")]
    if ours:
        docker.run("rmi", "--no-prune", *ours)


@pytest.fixture(scope="module")
def pushed(target: DeployTarget, stop: StopSignals) -> dict[str, Pushed]:
    return {one.name: one for one in LocalImages(revision=REVISION).pushed(target, stop, Progress())}


def test_every_image_is_in_the_registry_and_in_ecr_under_its_digest(
    target: DeployTarget, pushed: dict[str, Pushed], build_docker: BuildDocker
) -> None:
    assert set(pushed) == {"collector", *PACKAGES}
    for name, one in pushed.items():
        address = f"{target.registry}/{PROJECT}/{name}"
        assert registry.find(build_docker, f"{address}:{one.tag}") == one.digest
        assert registry.find(build_docker, f"{address}@{one.digest}") == one.digest
        (said,) = target.clients("ecr").describe_images(
            repositoryName=f"{PROJECT}/{name}", imageIds=[{"imageDigest": one.digest}]
        )["imageDetails"]
        assert said["imageTags"] == [one.tag]
    for name, package in PACKAGES.items():
        assert pushed[name].tag == f"{package.version}-1234567"


def test_a_pushed_service_says_which_settings_it_needs(
    target: DeployTarget, pushed: dict[str, Pushed], stop: StopSignals
) -> None:
    references = {name: f"{target.ecr}/{PROJECT}/{name}@{pushed[name].digest}" for name in (BASE, "main-job")}
    said = ImageStep().declared(target, references, stop)
    assert said[BASE] is None
    assert said["main-job"] is not None
    assert said["main-job"].required == dict.fromkeys(
        ["MAIN_JOB_TRIGGERS_QUEUE_URL", "MAIN_JOB_TRIGGERS_DLQ_URL", "BACKGROUND_JOBS_QUEUE_URL"], "stack"
    )
    assert "LOG_LEVEL" in said["main-job"].optional


def test_a_pulled_service_stands_on_the_pushed_base_and_runs(
    target: DeployTarget, pushed: dict[str, Pushed], docker: Docker
) -> None:
    layers = {}
    for name in PACKAGES:
        reference = f"{target.registry}/{PROJECT}/{name}@{pushed[name].digest}"
        docker.run("pull", "--quiet", reference)
        try:
            layers[name] = json.loads(docker.run("image", "inspect", "--format={{json .RootFS.Layers}}", reference))
            if name != BASE:
                said = docker.run("run", "--rm", "--read-only", "--network=none", reference, "--version")
                assert said.strip() == f"{name} {PACKAGES[name].version}"
        finally:
            docker.run("rmi", "--no-prune", reference)
    for name in SERVICES:
        assert layers[name][: len(layers[BASE])] == layers[BASE]


@pytest.mark.parametrize("revision", [REVISION, NEXT, f"{NEXT}-modified"])
def test_what_is_unchanged_keeps_its_digest_and_a_new_revision_is_another_name(
    revision: str, target: DeployTarget, pushed: dict[str, Pushed], stop: StopSignals, build_docker: BuildDocker
) -> None:
    again = {one.name: one for one in LocalImages(revision=revision).pushed(target, stop, Progress())}
    assert {name: one.digest for name, one in again.items()} == {name: one.digest for name, one in pushed.items()}
    assert not any(one.new for one in again.values())
    for name in PACKAGES:
        digest = registry.find(build_docker, f"{target.registry}/{PROJECT}/{name}:{again[name].tag}")
        assert digest == pushed[name].digest, "a release is as good as a trial"


def test_a_service_built_later_stands_on_the_base_that_is_there(
    target: DeployTarget, pushed: dict[str, Pushed], docker: Docker, stop: StopSignals
) -> None:
    other = replace(target, project="push-trial-later")
    for name in ("main-job", BASE):
        other.clients("ecr").create_repository(repositoryName=f"{other.project}/{name}")
    (base,) = LocalImages(ImageStep(names=[BASE]), revision=REVISION).pushed(other, stop, Progress())
    found = LocalImages(ImageStep(names=["main-job"]), revision=NEXT).pushed(other, stop, Progress())
    assert [(one.name, one.new) for one in found] == [(BASE, False), ("main-job", True)]
    assert found[0].digest == base.digest
    images = {one.name: f"{target.registry}/{other.project}/{one.name}:content-" for one in found}
    listed = docker.run("images", "--format={{.Repository}}:{{.Tag}}").split()
    tags = {name: next(one for one in listed if one.startswith(image)) for name, image in images.items()}
    layers = {
        name: json.loads(docker.run("image", "inspect", "--format={{json .RootFS.Layers}}", tag))
        for name, tag in tags.items()
    }
    assert layers["main-job"][:-1] == layers[BASE]


def test_the_gate_passes_what_the_scan_finds_nothing_in_and_refuses_what_it_does(
    target: DeployTarget, pushed: dict[str, Pushed], stop: StopSignals, capsys: Any
) -> None:
    step = LocalImages(revision=REVISION)
    step.gate(target, step.push(target, stop, Progress()), stop, Progress())

    bad = LocalImages(ImageStep(names=["collector"]), scans={"collector": [BAD]}, revision=REVISION)
    _forget(target, "collector")
    images = bad.push(target, stop, Progress())
    assert set(images) == {"collector_image", "service_images"}
    with pytest.raises(ImageRefusedError) as refused:
        bad.gate(target, images, stop, Progress())
    assert "CVE-2026-0001" in refused.value.what
    assert "critical" in refused.value.what
    assert "libexample1 1.2-3" in refused.value.what

    gate(target, images, stop, Progress(), without_scan=True)
    assert "NOT SCANNED" in capsys.readouterr().out


def test_an_image_that_ecr_does_not_have_does_not_pass(target: DeployTarget, stop: StopSignals) -> None:
    unknown = {"main_job_image": f"{target.ecr}/{PROJECT}/main-job@sha256:{'0' * 64}"}
    with pytest.raises(CommandError, match="has no push-trial/main-job"):
        gate(target, unknown, stop, Progress())


def test_a_mirrored_index_keeps_its_digest_and_a_moved_tag_is_refused(
    target: DeployTarget, docker: Docker, build_docker: BuildDocker, tmp_path: Path
) -> None:
    origin = f"{target.registry}/{PROJECT}/origin"
    digests = []
    for content in ("one", "other"):
        parts = []
        for platform in ("linux/amd64", "linux/386"):
            parts.append(f"{origin}:{content}-{platform[6:]}")
            _push_tiny(docker, tmp_path, platform, content, parts[-1])
        build_docker.run("buildx", "imagetools", "create", "--tag", f"{origin}:{content}", *parts)
        digests.append(registry.find(build_docker, f"{origin}:{content}"))
    ours = f"{target.registry}/push-trial-mirror/collector"

    assert registry.mirror(build_docker, f"{origin}:one@{digests[0]}", ours) == (digests[0], "one", True)
    assert registry.mirror(build_docker, f"{origin}:one@{digests[0]}", ours) == (digests[0], "one", False)
    assert registry.mirror(build_docker, f"{origin}:one", ours) == (digests[0], "one", False)
    assert registry.find(build_docker, f"{ours}:one") == digests[0]
    with pytest.raises(CommandError, match="Tags do not move"):
        registry.mirror(build_docker, f"{origin}:one@{digests[1]}", ours)
    with pytest.raises(CommandError, match="There is no collector"):
        registry.mirror(build_docker, f"{origin}:absent", ours)


def test_a_registry_that_is_not_there_is_told_with_what_to_do(build_docker: BuildDocker) -> None:
    with pytest.raises(CommandError, match="check the network"):
        registry.find(build_docker, "127.0.0.1:1/nothing/here:tag")


def test_where_the_registry_is_not_installed_that_is_what_is_said(
    processes: Processes, stop: StopSignals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError, match="docker-registry"):
        start_registry(processes, stop)


def test_a_token_is_gone_after_the_push_and_never_was_in_the_persons_config(
    target: DeployTarget, docker: Docker, processes: Processes, stop: StopSignals, tmp_path: Path
) -> None:
    address = _guarded_registry(processes, stop)
    theirs = tmp_path / "config.json"
    theirs.write_text('{"credsStore": "not-there", "auths": {}}')
    environ = {"DOCKER_CONFIG": str(tmp_path)}
    reference = f"{address}/{PROJECT}/guarded:1"
    _push_tiny(docker, tmp_path, "linux/amd64", "guarded", f"{target.registry}/{PROJECT}/guarded:1")

    with pytest.raises(NotAllowedError, match="docker login"):
        registry.find(BuildDocker(stop), reference)
    at_ecr = _AtEcr(target, address)
    with registry.logged_in(at_ecr, environ) as ours:  # type: ignore[arg-type]
        registry.tag(BuildDocker(stop, ours), f"{target.registry}/{PROJECT}/guarded:1", reference)
        assert registry.find(BuildDocker(stop, ours), reference)
    assert theirs.read_text() == '{"credsStore": "not-there", "auths": {}}'
    assert not Path(ours["DOCKER_CONFIG"]).exists()


class _AtEcr:
    """A target whose ECR is a registry of this machine that wants a login."""

    registry = None

    def __init__(self, target: DeployTarget, ecr: str) -> None:
        self.clients = target.clients
        self.ecr = ecr


def _guarded_registry(processes: Processes, stop: StopSignals) -> str:
    """A registry that lets in only AWS with the password that the local AWS gives out: 123456789012-auth-token."""
    users = processes.folder / "users"
    users.write_text(f"AWS:{PASSWORD}\n")
    settings = processes.folder / "guarded.json"
    values = {
        "version": "0.1",
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(processes.folder / "guarded")}},
        "http": {"addr": "127.0.0.1:0"},
        "auth": {"htpasswd": {"realm": "trial", "path": str(users)}},
    }
    settings.write_text(json.dumps(values))
    child = processes.start("guarded", ["docker-registry", "serve", str(settings)], {})
    while not (found := re.search(r"listening on (127[\d.]+:\d+)", child.output.read_text())):
        child.check()
        stop.wait(0.02)
    return found[1]


def _push_tiny(docker: Docker, folder: Path, platform: str, content: str, reference: str) -> None:
    """An image with one file; the fixture `target` removes it."""
    context = folder / content
    context.mkdir(exist_ok=True)
    (context / "file").write_text(f"{content} {platform}")
    (context / "Dockerfile").write_text("FROM scratch\nCOPY file /file\n")
    docker.run("build", "--quiet", "--platform", platform, "--tag", reference, str(context))
    docker.run("push", "--quiet", reference)


def _forget(target: DeployTarget, name: str) -> None:
    """Deletes the image in the local ECR, and with it what its scan found."""
    ecr = target.clients("ecr")
    known = ecr.list_images(repositoryName=f"{PROJECT}/{name}")["imageIds"]
    ecr.batch_delete_image(repositoryName=f"{PROJECT}/{name}", imageIds=known)
