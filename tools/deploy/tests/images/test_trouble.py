"""Errors of Docker and registries, translated into what the user can do."""

from __future__ import annotations

import pytest

from jobctl.errors import DeployError, NotAllowedError, UsageError
from jobdeploy.docker import DockerFailed, NoDocker
from jobdeploy.image_build.machine import BadSetting
from jobdeploy.image_build.requirements import Conflict
from jobdeploy.image_build.uv import UvFailed
from jobdeploy.images.trouble import explain, explained


@pytest.mark.parametrize(
    ("said", "kind", "what", "next_step"),
    [
        ("write /var/lib/docker/tmp: no space left on device", DeployError, "no space left", "docker system df"),
        (
            "name unknown: The repository with name 'jobs/main-job' does not exist in the registry with id '123456789012'",
            DeployError,
            "no such repository",
            "bootstrap",
        ),
        (
            "tag invalid: The image tag '1.0-abc1234' already exists in the 'jobs/x' repository and cannot be overwritten",
            DeployError,
            "tags do not move",
            "same command again",
        ),
        (
            "denied: Your authorization token has expired. Reauthenticate and try again.",
            NotAllowedError,
            "does not know us",
            "logs in anew",
        ),
        ("no basic auth credentials", NotAllowedError, "does not know us", "docker login"),
        (
            "denied: User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: ecr:PutImage",
            NotAllowedError,
            "The registry refused",
            "push role",
        ),
        ("unexpected status: 403 Forbidden", NotAllowedError, "The registry refused", "push role"),
        ("exec /bin/sh: exec format error", UsageError, "platform", "binfmt"),
        ("dial tcp: lookup public.ecr.aws: no such host", DeployError, "cannot be reached", "proxy"),
        (
            "Got permission denied while trying to connect to the Docker daemon socket",
            UsageError,
            "may not talk to Docker",
            "linux-postinstall",
        ),
        ("chmod: /opt/x: permission denied", DeployError, "failed", "Read the lines above"),
    ],
)
def test_a_refusal_is_told_with_its_evidence_and_what_to_do(
    said: str, kind: type[DeployError], what: str, next_step: str
) -> None:
    told = explain(DockerFailed(f"docker push x\n  ended with exit code 1:\n  {said}"), "Pushing")

    assert type(told) is kind
    assert what in told.what
    assert said in told.what
    assert next_step in told.next_step


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NoDocker("Docker is not installed."), UsageError),
        (BadSetting("JOBS_BUILD_CA=/x is no file"), UsageError),
        (UvFailed("the lock is out of date"), DeployError),
        (Conflict("the service needs a==1, but its base has a==2"), DeployError),
        (DockerFailed("docker build"), DeployError),
    ],
)
def test_whatever_stops_a_build_is_something_to_act_on(error: Exception, kind: type[DeployError]) -> None:
    with pytest.raises(kind, match=str(error)), explained("Building"):
        raise error
