"""Docker commands, ended by Ctrl-C, and their errors with what a person can do.

Errors are recognised by the text that docker and registries write, as there is nothing else to go by.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobctl.errors import CommandError, NotAllowedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobctl.stop import StopSignals

LOOK_SECONDS = 0.05
END_SECONDS = 10.0
SHOWN_LINES = 30
INSTALL = "Docker Desktop, or Docker Engine with the buildx plugin (0.20 or newer): https://docs.docker.com/get-started/get-docker/"

_KINDS: tuple[tuple[type[CommandError], tuple[str, ...], str, str], ...] = (
    (UsageError, ("cannot connect to the docker daemon", "is the docker daemon running", "error during connect"),
     "Docker's engine does not answer", "Start it; then the same command again."),
    (UsageError, ("'buildx' is not a docker command", "unknown flag: --", "unknown shorthand flag"),
     "Docker's buildx plugin is missing or too old", f"Install {INSTALL}"),
    (UsageError, ("permission denied while trying to connect to the docker",),
     "This user may not talk to Docker's engine", "See https://docs.docker.com/engine/install/linux-postinstall/"),
    (UsageError, ("multi-platform build is not supported", "exporting manifest lists"),
     "This builder makes images for one platform only",
     "`docker buildx create --name several --driver docker-container` makes one for several; BUILDX_BUILDER=several uses it. Or leave --both out."),
    (UsageError, ("exec format error", "no match for platform", "does not match the specified platform", "no matching manifest"),
     "The builder cannot run or find this platform",
     "Emulation: docker run --privileged --rm tonistiigi/binfmt --install all; or set cpu_architecture to what this machine is."),
    (CommandError, ("no space left on device",), "There is no space left, on this machine or in the registry",
     "`docker system df` says what takes it, `docker builder prune` and `docker image prune` give it back."),
    (CommandError, ("name unknown", "repositorynotfound", "does not exist in the registry", "repository does not exist"),
     "The registry has no such repository", "The bootstrap makes them: `nox -s bootstrap`."),
    (CommandError, ("tag invalid", "immutable", "cannot be overwritten"), "The tag is taken, and tags do not move",
     "Was another push faster? The same command again finds what it pushed."),
    (NotAllowedError, ("authorization token has expired", "no basic auth credentials", "authentication required", "denied:",
                  "access denied", "is denied", "unauthorized", "403 forbidden", "is not authorized to perform"),
     "The registry refused", "ECR wants the rights of the push role in infra/terraform/modules/github-access; another registry a `docker login`."),
    (CommandError, ("connection refused", "no such host", "i/o timeout", "tls handshake timeout", "network is unreachable", "server misbehaving"),
     "The registry or the package index cannot be reached",
     "Is there a network, a proxy (HTTPS_PROXY, for Docker's engine too)? Then the same command again."),
)  # fmt: skip


@dataclass(frozen=True)
class Docker:
    """Runs commands. `environ` is added to our own environment."""

    stop: StopSignals
    environ: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, folder: Path | None = None) -> str:
        """Run a command in `folder`; returns its stdout.

        Raises:
            CommandError, or the subclass that fits: what failed, its last lines, what to do.
            Stopped: somebody asked us to end; the command was ended too.
        """
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output,
            tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
        ):
            try:
                process = subprocess.Popen(
                    ["docker", *arguments],
                    cwd=folder,
                    env={**os.environ, **self.environ},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    start_new_session=True,  # Ctrl-C reaches us alone, and we end it
                )
            except FileNotFoundError as error:
                raise UsageError("Docker is not installed.", f"Install {INSTALL}") from error
            try:
                while process.poll() is None:
                    self.stop.wait(LOOK_SECONDS)
            finally:
                _end(process)
            output.seek(0)
            errors.seek(0)
            if process.returncode:
                last = "".join(f"  {line}" for line in (errors.readlines() or output.readlines())[-SHOWN_LINES:])
                raise explained(f"docker {' '.join(arguments)}\n  ended with exit code {process.returncode}:\n{last}")
            return output.read()

    def image_id(self, reference: str) -> str:
        """Id of an image on this machine; empty where there is none."""
        return self.run("images", "--quiet", "--no-trunc", reference).partition("\n")[0]


def explained(evidence: str) -> CommandError:
    """The error of one command as something to act on; its evidence is kept."""
    said = evidence.lower()
    for kind, signs, what, next_step in _KINDS:
        if any(sign in said for sign in signs):
            return kind(f"{what}.\n{evidence}", next_step)
    return CommandError(
        f"Docker failed.\n{evidence}", "Read the lines above; the same command again goes on where this ended."
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a command that still runs, with its plugin, which is a child of `docker`."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_SECONDS)
