"""Pushes of images to a registry by digest, each once. Needs Docker and a real registry (Debian's docker-registry).

AWS here is the local AWS.
"""

from __future__ import annotations

import json
import os
import re
import signal
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from devkit.local_deploy.images import LocalPictures
from devkit.local_deploy.registry import start_registry
from jobctl.checkout import REPOSITORY
from jobctl.environment.target import Target
from jobctl.errors import DeployError, NotAllowedError, UsageError
from jobctl.stop import Stopped, StopSignals
from jobdeploy.image_build.labels import Source
from jobdeploy.image_build.workspace import Package, Workspace
from jobdeploy.images import ImageRefusedError, build, gate, push, read_record
from jobdeploy.images.command import run
from jobdeploy.images.login import logged_in
from jobdeploy.images.mirror import mirror
from jobdeploy.images.place import Place
from jobdeploy.images.publish import Publisher
from jobdeploy.images.record import FILE
from jobdeploy.images.remote import CONTENT, Remote
from jobdeploy.images.trouble import explained
from jobdeploy.progress import Progress
from localaws.aws import only_local_credentials
from localaws.docker import Docker, DockerFailed
from localaws.processes import Processes
from localaws.start import start_module

pytestmark = pytest.mark.timeout(300)
PROJECT = "push-trial"
TINY = "push-trial-tiny"
PASSWORD = "$2b$05$Yl9lX7N0mTDYv3ml7.5jIe5lr.ZG8/waJxZ6c4M.Dqthi6aAmP8EO"
"""bcrypt of what moto gives out."""
REVISION = Source("1234567890abcdef1234567890abcdef12345678", "unknown")
NEXT = Source("fedcba0987654321fedcba0987654321fedcba09", "unknown")
SERVICES = [service.name for service in Workspace.read(REPOSITORY).services]
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
def processes() -> Iterator[Processes]:
    with Processes("push-trial-") as found:
        yield found


@pytest.fixture(scope="module")
def target(docker: Docker, processes: Processes, stop: StopSignals) -> Iterator[Target]:
    before = dict(os.environ)
    only_local_credentials(os.environ)
    aws = start_module(processes)
    registry = start_registry(processes, stop).address
    found = Target(PROJECT, "dev", "us-east-1", "123456789012", endpoint_url=aws.endpoint(), registry=registry)
    for name in ("base", "collector", *SERVICES):
        found.clients("ecr").create_repository(repositoryName=f"{PROJECT}/{name}", imageTagMutability="IMMUTABLE")
    yield found
    os.environ.clear()
    os.environ.update(before)
    labels = [f"label=org.opencontainers.image.revision={one.revision}" for one in (REVISION, NEXT)]
    for wanted in (*labels, f"reference={TINY}"):
        ids = {*docker.run("images", "--quiet", "--filter", wanted).split()}
        if ids:
            docker.run("rmi", "--force", *ids)


@pytest.fixture(scope="module")
def pushed(target: Target, stop: StopSignals, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("pushed")
    return folder, LocalPictures(folder, source=REVISION).push(target, stop, Progress())


def test_every_image_is_in_the_registry_under_the_recorded_digest(
    target: Target, pushed: tuple[Path, dict[str, Any]]
) -> None:
    folder, images = pushed
    record = read_record(folder / FILE)

    assert set(record) == {"base", "collector", *SERVICES}
    assert set(images) == {"main_job_image", "background_job_image", "collector_image"}
    for name, one in record.items():
        assert one.reference == f"{target.ecr}/{PROJECT}/{name}@{one.digest}"
        assert _digest(target, name, one.digest) == _digest(target, name, one.tag) == one.digest
        (said,) = target.clients("ecr").describe_images(
            repositoryName=f"{PROJECT}/{name}", imageIds=[{"imageDigest": one.digest}]
        )["imageDetails"]
        assert said["imageTags"] == [one.tag]
    for name in ("base", *SERVICES):
        assert record[name].tag == f"{record[name].version}-1234567"
        assert json.loads((folder / "sbom" / f"{name}.cdx.json").read_text())["bomFormat"] == "CycloneDX"


def test_a_pulled_service_stands_on_the_pushed_base_and_runs(
    target: Target, pushed: tuple[Path, dict[str, Any]], docker: Docker
) -> None:
    record = read_record(pushed[0] / FILE)
    layers = {}
    for name in ("base", *SERVICES):
        reference = f"{target.registry}/{PROJECT}/{name}@{record[name].digest}"
        docker.run("pull", "--quiet", reference)
        try:
            layers[name] = json.loads(docker.run("image", "inspect", "--format={{json .RootFS.Layers}}", reference))
            if name != "base":
                said = docker.run("run", "--rm", "--read-only", "--network=none", reference, "--version")
                assert said.strip() == f"{name} {record[name].version}"
        finally:
            docker.run("rmi", reference)
    for name in SERVICES:
        assert layers[name][: len(layers["base"])] == layers["base"]


def test_a_second_push_pushes_nothing_and_gives_the_same_digests(
    target: Target, pushed: tuple[Path, dict[str, Any]], stop: StopSignals, tmp_path: Path
) -> None:
    assert push(target, stop, Progress(), folder=tmp_path, source=REVISION) == pushed[1]
    assert not any(one.new for one in read_record(tmp_path / FILE).values())


def test_a_revision_that_changes_no_image_gives_the_same_images_another_name(
    target: Target, pushed: tuple[Path, dict[str, Any]], stop: StopSignals, tmp_path: Path
) -> None:
    assert push(target, stop, Progress(), folder=tmp_path, source=NEXT) == pushed[1]
    record = read_record(tmp_path / FILE)
    for name in SERVICES:
        assert record[name].tag == f"{record[name].version}-fedcba0"
        assert _digest(target, name, record[name].tag) == record[name].digest
    trial = Source(f"{NEXT.revision}-modified", "unknown")
    assert push(target, stop, Progress(), folder=tmp_path, source=trial) == pushed[1], "a release is as good as a trial"


def test_one_named_service_leaves_the_others_as_recorded(
    target: Target, pushed: tuple[Path, dict[str, Any]], stop: StopSignals
) -> None:
    before = read_record(pushed[0] / FILE)

    push(target, stop, Progress(), names=["main-job"], folder=pushed[0], source=REVISION)

    after = read_record(pushed[0] / FILE)
    assert {name: one.digest for name, one in after.items()} == {name: one.digest for name, one in before.items()}
    assert after["background-job"] == before["background-job"]
    assert after["main-job"].pushed_at >= before["main-job"].pushed_at


def test_nothing_that_was_pushed_for_another_account_gets_into_the_variables(
    target: Target, pushed: tuple[Path, dict[str, Any]], stop: StopSignals, tmp_path: Path
) -> None:
    other = replace(target, account="210987654321")
    push(target, stop, Progress(), names=["background-job"], folder=tmp_path, source=REVISION)

    assert set(push(other, stop, Progress(), names=["main-job"], folder=tmp_path, source=REVISION)) == {
        "main_job_image"
    }


def test_the_gate_passes_what_the_scan_finds_nothing_in_and_refuses_what_it_does(
    target: Target, pushed: tuple[Path, dict[str, Any]], stop: StopSignals, tmp_path: Path, capsys: Any
) -> None:
    images = pushed[1]
    gate(target, images, stop, Progress())

    trial = Source("unknown", "unknown")
    other = replace(target, project=PROJECT)
    bad = LocalPictures(tmp_path, scans={"collector": [BAD]}, source=trial)
    _forget(target, "collector")
    again = bad.push(other, stop, Progress())
    with pytest.raises(ImageRefusedError) as refused:
        bad.gate(other, again, stop, Progress())
    assert "CVE-2026-0001" in refused.value.what
    assert "critical" in refused.value.what
    assert "libexample1 1.2-3" in refused.value.what

    gate(target, again, stop, Progress(), without_scan=True)
    assert "NOT SCANNED" in capsys.readouterr().out


def test_an_image_that_ecr_does_not_have_does_not_pass(target: Target, stop: StopSignals) -> None:
    unknown = {"main_job_image": f"{target.ecr}/{PROJECT}/main-job@sha256:{'0' * 64}"}
    with pytest.raises(DeployError, match="has no push-trial/main-job"):
        gate(target, unknown, stop, Progress())


def test_a_tag_that_holds_another_content_is_refused(
    target: Target, docker: Docker, stop: StopSignals, tmp_path: Path
) -> None:
    place = Place.of(target)
    publisher = Publisher(Remote(docker, stop), place, REVISION.revision, ("linux/amd64",))
    package = Package("mislabelled", "mislabelled", "1.0")
    with pytest.raises(DeployError, match="is not what its tag says"):
        publisher.publish(package, "a-hash", lambda platform: _tiny(docker, tmp_path, platform, "another"), [])


def test_two_platforms_become_one_index_and_a_broken_push_goes_on(
    target: Target, docker: Docker, stop: StopSignals, tmp_path: Path
) -> None:
    publisher = Publisher(Remote(docker, stop), Place.of(target), REVISION.revision, ("linux/amd64", "linux/386"))
    package = Package("two", "two", "1.0+local")
    made: list[str] = []

    def make(platform: str) -> str:
        made.append(platform)
        if made == ["linux/amd64", "linux/386"]:
            raise KeyboardInterrupt
        return _tiny(docker, tmp_path, platform, "both")

    with pytest.raises(KeyboardInterrupt):
        publisher.publish(package, "both", make, [])
    found = publisher.publish(package, "both", make, [])
    again = publisher.publish(package, "both", make, [])

    assert made == ["linux/amd64", "linux/386", "linux/386"]
    assert set(found.platforms) == {"linux/amd64", "linux/386"}
    assert found.tag == "1.0-local-1234567"
    assert (again.digest, again.new) == (found.digest, False)


def test_a_mirrored_index_keeps_its_digest_and_a_moved_tag_is_refused(
    target: Target, docker: Docker, stop: StopSignals, tmp_path: Path
) -> None:
    remote, place = Remote(docker, stop), Place.of(target)
    sources = []
    for content in ("one", "other"):
        parts = []
        for platform in ("linux/amd64", "linux/386"):
            reference = f"{place.repository('origin')}:{content}-{platform[6:]}"
            remote.push(_tiny(docker, tmp_path, platform, content), reference)
            parts.append(f"{place.repository('origin')}@{remote.surely(reference).digest}")
        remote.name(f"{place.repository('origin')}:{content}", *parts)
        sources.append(remote.surely(f"{place.repository('origin')}:{content}").digest)
    there = replace(place, project="push-trial-mirror")
    source = f"{place.repository('origin')}:one@{sources[0]}"

    first = mirror(remote, there, source, "r", ("linux/amd64",), [])
    second = mirror(remote, there, source, "r", ("linux/amd64",), [])

    assert (first.digest, first.new, second.new) == (sources[0], True, False)
    assert set(first.platforms) == {"linux/amd64", "linux/386"}
    assert remote.surely(f"{there.repository('collector')}:one").digest == sources[0]
    with pytest.raises(DeployError, match="Tags do not move"):
        mirror(remote, there, f"{place.repository('origin')}:one@{sources[1]}", "r", ("linux/amd64",), [])
    with pytest.raises(DeployError, match="lacks linux/arm64"):
        mirror(remote, there, source, "r", ("linux/arm64",), [])
    with pytest.raises(DeployError, match="There is no collector"):
        mirror(remote, there, f"{place.repository('origin')}:absent", "r", ("linux/amd64",), [])


def test_a_registry_that_is_not_there_is_told_with_what_to_do(
    target: Target, docker: Docker, stop: StopSignals
) -> None:
    with pytest.raises(DeployError, match="cannot be reached"), explained("Pushing"):
        Remote(docker, stop).find("127.0.0.1:1/nothing/here:tag")


def test_build_leaves_a_tag_of_version_and_revision_and_an_sbom(
    target: Target, docker: Docker, stop: StopSignals, tmp_path: Path
) -> None:
    found = build(target, stop, Progress(), names=["main-job"], folder=tmp_path, source=REVISION)
    try:
        assert set(found) == {"base", "main-job"}
        version = Workspace.read(REPOSITORY).services[SERVICES.index("main-job")].version
        assert found["main-job"][0].endswith(f"/main-job:{version}-1234567")
        assert (tmp_path / "sbom" / "main-job.cdx.json").is_file()
        labels = json.loads(docker.run("image", "inspect", "--format={{json .Config.Labels}}", found["main-job"][0]))
        assert labels["org.opencontainers.image.revision"] == REVISION.revision
        assert CONTENT not in labels
    finally:
        for tags in found.values():
            docker.run("rmi", *tags)


def test_where_the_registry_is_not_installed_that_is_what_is_said(
    processes: Processes, stop: StopSignals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError, match="docker-registry"):
        start_registry(processes, stop)


def test_a_token_is_gone_after_the_push_and_never_was_in_the_persons_config(
    target: Target, docker: Docker, processes: Processes, stop: StopSignals, tmp_path: Path
) -> None:
    address = _guarded_registry(processes, stop)
    home = tmp_path / "home"
    (home / ".docker").mkdir(parents=True)
    theirs = home / ".docker" / "config.json"
    theirs.write_text('{"credsStore": "not-there", "auths": {}}')
    environ = {**os.environ, "HOME": str(home), "DOCKER_CONFIG": ""}
    reference = f"{address}/{PROJECT}/guarded:1"
    tiny = _tiny(docker, tmp_path, "linux/amd64", "guarded")

    with pytest.raises(NotAllowedError, match="does not know us"), explained("Pushing"):
        Remote(docker, stop).push(tiny, reference)
    with logged_in(target.clients("ecr"), address, environ) as ours:
        Remote(ours, stop).push(tiny, reference)
        assert Remote(ours, stop).surely(reference).labels[CONTENT] == "guarded"
    assert theirs.read_text() == '{"credsStore": "not-there", "auths": {}}'
    with pytest.raises(DockerFailed):
        Remote(ours, stop).find(reference)

    stranger = replace(target, region="eu-west-1")  # moto's password is the account's: another user name is needed
    file = processes.folder / "users"
    file.write_text(file.read_text().replace("AWS:", "SOMEBODY:"))
    with (
        pytest.raises(NotAllowedError, match="Logging in"),
        logged_in(stranger.clients("ecr"), _guarded_registry(processes, stop, write=False), environ),
    ):
        raise AssertionError("it was let in")


def test_asked_to_end_a_running_command_ends_too(docker: Docker) -> None:
    with StopSignals() as told:
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(Stopped):
            run(docker, told, "events", "--filter", f"label={PROJECT}-never")


def _guarded_registry(processes: Processes, stop: StopSignals, *, write: bool = True) -> str:
    """A registry that lets in only AWS with the password that the local AWS gives out: 123456789012-auth-token."""
    users = processes.folder / "users"
    if write:
        users.write_text(f"AWS:{PASSWORD}\n")
    number = len(list(processes.folder.glob("guarded-*.json")))
    settings = processes.folder / f"guarded-{number}.json"
    values = {
        "version": "0.1",
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(processes.folder / f"guarded-{number}")}},
        "http": {"addr": "127.0.0.1:0"},
        "auth": {"htpasswd": {"realm": "trial", "path": str(users)}},
    }
    settings.write_text(json.dumps(values))
    child = processes.start(f"guarded-{number}", ["docker-registry", "serve", str(settings)], {})
    while not (found := re.search(r"listening on (127[\d.]+:\d+)", child.output.read_text())):
        child.check()
        stop.wait(0.02)
    return found[1]


def _tiny(docker: Docker, folder: Path, platform: str, content: str) -> str:
    """An image with one file; the fixture `target` removes it."""
    context = folder / content
    context.mkdir(exist_ok=True)
    (context / "file").write_text(f"{content} {platform}")
    (context / "Dockerfile").write_text(f"FROM scratch\nCOPY file /file\nLABEL {CONTENT}={content}\n")
    tag = f"{TINY}:{content}-{platform[6:]}"
    docker.run("build", "--quiet", "--platform", platform, "--tag", tag, str(context), env={"DOCKER_BUILDKIT": "1"})
    return tag


def _digest(target: Target, name: str, reference: str) -> str:
    accepted = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"
    request = urllib.request.Request(
        f"http://{target.registry}/v2/{PROJECT}/{name}/manifests/{reference}", headers={"Accept": accepted}
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        return str(answer.headers["Docker-Content-Digest"])


def _forget(target: Target, name: str) -> None:
    """Deletes the image in the local ECR, and with it what its scan found."""
    ecr = target.clients("ecr")
    known = ecr.list_images(repositoryName=f"{PROJECT}/{name}")["imageIds"]
    ecr.batch_delete_image(repositoryName=f"{PROJECT}/{name}", imageIds=known)
