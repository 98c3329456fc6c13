"""What Terraform, docker and registries write becomes an error that says what to do, and keeps the evidence."""

from __future__ import annotations

import pytest

from jobctl.errors import CommandError, NotAllowedError, UsageError
from jobctl.stop import StopSignals
from jobdeploy.errors import LockedError
from jobdeploy.explain import DOCKER, TERRAFORM, explain
from jobdeploy.images.docker import Docker

LOCKED = """\
╷
│ Error: Error acquiring the state lock
│
│ Lock Info:
│   ID:        a1926a5d-827e-7e0d-ef5f-64eb6956994c
│   Who:       ada@laptop
╵
"""


@pytest.mark.parametrize(
    ("output", "kind", "what"),
    [
        (LOCKED, LockedError, r"ada@laptop\n(.|\n)*Next: wait for that run, .* nox -s unlock -- ID"),
        ("Error: api error ExpiredToken: The security token\n", NotAllowedError, "Next: log in again"),
        ("Error: creating EC2 VPC: VpcLimitExceeded: The maximum\n", CommandError, "Next: remove what is not needed"),
        (
            "Error: deleting IAM Policy: DeleteConflict: Cannot delete a policy attached to entities.\n",
            CommandError,
            "Next: detach it",
        ),
        ("Error: Unsupported Terraform Core version\n", UsageError, "Next: install Terraform 1.11 or newer"),
        (
            "Error: AccessDeniedException: not authorized to perform\n",
            CommandError,
            "Next: take a role with the rights",
        ),
        ("Refreshing\n\nError: Unsupported argument\n", CommandError, r"failed:\nError: Unsupported.*\nNext: corr"),
    ],
)
def test_terraforms_errors_say_what_to_do_next(output: str, kind: type[Exception], what: str) -> None:
    with pytest.raises(kind, match=what) as error:
        raise explain("terraform plan", output, TERRAFORM)
    assert type(error.value) is kind


@pytest.mark.parametrize(
    ("output", "kind", "next_step"),
    [
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", UsageError, "start Docker's engine"),
        ("docker: 'buildx' is not a docker command.", UsageError, "install Docker"),
        ("exec /usr/bin/python: exec format error", UsageError, "emulate the platform"),
        ("denied: User is not authorized to perform: ecr:InitiateLayerUpload", NotAllowedError, "take a role"),
        ("tag invalid: The image tag 'x' already exists", CommandError, "tags do not move"),
        ("dial tcp: lookup ecr: no such host", CommandError, "check the network"),
        ("name unknown: The repository with name 'x' does not exist", CommandError, "make the repository"),
        ("what nobody thought of", CommandError, "correct what it names"),
    ],
)
def test_dockers_errors_say_what_to_do_next(output: str, kind: type[CommandError], next_step: str) -> None:
    error = explain("docker push x", output, DOCKER)
    assert type(error) is kind
    assert output in error.what
    assert next_step in error.next_step


def test_where_there_is_no_docker_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with StopSignals() as stop, pytest.raises(UsageError, match="not installed") as missing:
        Docker(stop).run("version")
    assert "https://docs.docker.com" in missing.value.next_step
