"""What docker and registries write becomes an error that says what to do."""

from __future__ import annotations

import pytest

from jobctl.errors import CommandError, NotAllowedError, UsageError
from jobctl.stop import StopSignals
from jobdeploy.images.docker import Docker, explained


@pytest.mark.parametrize(
    ("said", "kind", "what"),
    [
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", UsageError, "engine does not answer"),
        ("docker: 'buildx' is not a docker command.", UsageError, "buildx plugin is missing or too old"),
        ("ERROR: Multi-platform build is not supported for the docker driver.", UsageError, "one platform only"),
        ("exec /usr/bin/python: exec format error", UsageError, "cannot run or find this platform"),
        ("denied: User is not authorized to perform: ecr:InitiateLayerUpload", NotAllowedError, "registry refused"),
        ("tag invalid: The image tag 'x' already exists", CommandError, "tags do not move"),
        ("dial tcp: lookup ecr: no such host", CommandError, "cannot be reached"),
        ("name unknown: The repository with name 'x' does not exist", CommandError, "no such repository"),
        ("what nobody thought of", CommandError, "Docker failed"),
    ],
)
def test_an_error_names_its_cause_and_keeps_the_evidence(said: str, kind: type[CommandError], what: str) -> None:
    error = explained(f"docker push x\n  ended with exit code 1:\n  {said}")

    assert type(error) is kind
    assert what in error.what
    assert said in error.what
    assert error.next_step


def test_where_there_is_no_docker_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with StopSignals() as stop, pytest.raises(UsageError, match="not installed") as missing:
        Docker(stop).run("version")
    assert "https://docs.docker.com" in missing.value.next_step
