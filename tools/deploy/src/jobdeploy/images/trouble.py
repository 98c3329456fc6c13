"""Errors of docker and registries, explained with what a person can do.

They are recognised by the text that docker and ECR write, as there is nothing else to go by.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jobctl.errors import DeployError, NotAllowedError, UsageError
from jobdeploy.docker import DockerFailed, NoDocker
from jobdeploy.image_build.machine import BadSetting
from jobdeploy.image_build.requirements import Conflict
from jobdeploy.image_build.uv import UvFailed

_Kind = tuple[type[DeployError], tuple[str, ...], str, str]
_KINDS: tuple[_Kind, ...] = (
    (
        UsageError,
        ("permission denied while trying to connect to the docker",),
        "This user may not talk to Docker's engine",
        "https://docs.docker.com/engine/install/linux-postinstall/ lets them; then the same command again.",
    ),
    (
        DeployError,
        ("no space left on device",),
        "There is no space left, on this machine or in the registry",
        "`docker system df` says what takes it, `docker builder prune` and `docker image prune` give it back; then the same command again.",
    ),
    (
        DeployError,
        ("name unknown", "repositorynotfound", "does not exist in the registry", "repository does not exist"),
        "The registry has no such repository",
        "The bootstrap makes them (infra/terraform/bootstrap, part of `nox -s deploy`); another registry may want them made by hand.",
    ),
    (
        DeployError,
        ("tag invalid", "immutable", "cannot be overwritten"),
        "The tag is taken, and tags do not move",
        "Was another push faster? The same command again finds what it pushed.",
    ),
    (
        NotAllowedError,
        ("authorization token has expired", "no basic auth credentials", "authentication required", "not logged in"),
        "The registry does not know us any more",
        "The same command again logs in anew; what was pushed is found. For a registry other than ECR: `docker login` first.",
    ),
    (
        NotAllowedError,
        ("denied:", "access denied", "is denied", "unauthorized", "403 forbidden", "is not authorized to perform"),
        "The registry refused",
        "ECR wants the rights of the push role in infra/terraform/modules/github-access. For another registry: `docker login` first.",
    ),
    (
        UsageError,
        ("exec format error", "no match for platform", "does not match the specified platform", "no matching manifest"),
        "The builder cannot run or find this platform",
        "Emulation: docker run --privileged --rm tonistiigi/binfmt --install all; or set cpu_architecture to what this machine is.",
    ),
    (
        DeployError,
        ("connection refused", "no such host", "i/o timeout", "tls handshake timeout", "network is unreachable", "server misbehaving"),
        "The registry or the package index cannot be reached",
        "Is there a network, a proxy (HTTPS_PROXY, for Docker's engine too)? Then the same command again.",
    ),
)  # fmt: skip


def explain(error: DockerFailed, doing: str) -> DeployError:
    """The error of one command as something to act on; its evidence is kept."""
    said = str(error).lower()
    for kind, signs, what, next_step in _KINDS:
        if any(sign in said for sign in signs):
            return kind(f"{doing}: {what}.\n{error}", next_step)
    return DeployError(
        f"{doing} failed.\n{error}", "Read the lines above; the same command again goes on where this ended."
    )


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Raise errors of docker, uv and settings inside as `DeployError`."""
    try:
        yield
    except DockerFailed as error:
        raise explain(error, doing) from error
    except NoDocker as error:
        raise UsageError(str(error), "Install or start Docker, then the same command again.") from error
    except BadSetting as error:
        raise UsageError(str(error), "docker/README.md has the settings of a machine.") from error
    except UvFailed as error:
        raise DeployError(f"{doing}: {error}", "If the lock is out of date, `uv lock` mends it; commit it.") from error
    except Conflict as error:
        raise DeployError(
            f"{doing}: {error}", "Give the service and libs/common the same version, then `uv lock`."
        ) from error
