"""Docker commands, run to their end or started for the caller.

The command gets our whole environment (contexts, proxies, credential helpers), and a session of its own: Ctrl-C reaches the tool, which ends its
commands in order. Never a shell, never a retry. A `Docker` may be shared by threads.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

SHOWN_LINES = 30
PROGRAM = "docker"
INSTALL = "Install Docker Desktop, or Docker Engine with the compose and buildx plugins: https://docs.docker.com/get-started/get-docker/"
_NO_ENGINE = ("cannot connect to the docker daemon", "error during connect", "is the docker daemon running")


class NoDocker(Exception):  # noqa: N818 (says what is missing)
    """Docker, its engine or a plugin is not there. The text says what to install or to start."""


class DockerFailed(Exception):  # noqa: N818 (says what happened)
    """A command ended with an error, or took too long. The text is the command and the end of what it wrote."""


class Docker:
    """Runs commands. `environ` replaces our own environment: for tests, and for tools that hide parts of it."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = environ

    def run(
        self,
        *arguments: str,
        input: str | None = None,  # noqa: A002 (subprocess's own word)
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,  # seconds
    ) -> str:
        """Run a command; returns its stdout. `env` is added to the environment; `input` is its stdin.

        Raises:
            NoDocker: the program is not installed, or the engine does not answer.
            DockerFailed: another exit code than 0, or not ended after `timeout` seconds (it was killed then).
        """
        process = self.start(
            *arguments,
            stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
        )
        try:
            said, wrong = process.communicate(input, timeout)
        except subprocess.TimeoutExpired as error:
            kill(process)
            process.communicate()
            raise DockerFailed(f"{_shown(arguments)}\n  did not end in {timeout:.0f} s") from error
        except BaseException:
            kill(process)
            process.communicate()  # also closes the pipes
            raise
        if process.returncode:
            raise _error(arguments, process.returncode, wrong or said)
        return said

    def start(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        stdin: int | IO[str] = subprocess.DEVNULL,
        stdout: int | IO[str] = subprocess.PIPE,
        stderr: int | IO[str] = subprocess.STDOUT,
    ) -> subprocess.Popen[str]:
        """Start a command (`events`, `logs --follow`); the caller reads its stdout, ends it and waits for it.

        Text is UTF-8; invalid bytes become U+FFFD.

        Raises:
            NoDocker: the program is not installed.
        """
        environ = {**(os.environ if self._environ is None else self._environ), **(env or {})}
        try:
            return subprocess.Popen(
                [PROGRAM, *arguments],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env=environ,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise NoDocker(f"Docker is not installed. {INSTALL}") from error

    def check(self) -> str:
        """The engine's version, when engine, Compose and buildx are there; see `jobdeploy.docker.engine.check_docker`."""
        from jobdeploy.docker.engine import check_docker  # it needs this file's classes

        return check_docker(self)


def end(process: subprocess.Popen[str], seconds: float = 5.0) -> int:
    """End a command of `start`, kill it after `seconds`, close its pipes; returns the exit code."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        kill(process)
        code = process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    return code


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a command of `start`, with its plugin: `docker compose` is a child of `docker`, and would hold our pipes open."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _shown(arguments: Sequence[str]) -> str:
    return " ".join([PROGRAM, *arguments])


def _error(arguments: Sequence[str], code: int, said: str) -> Exception:
    if any(text in said.lower() for text in _NO_ENGINE):
        return NoDocker(f"Docker's engine does not answer. Start it, then try again. It said:\n{_end_of(said)}")
    return DockerFailed(f"{_shown(arguments)}\n  ended with exit code {code}:\n{_end_of(said)}")


def _end_of(said: str) -> str:
    return "\n".join(f"  {line}" for line in said.splitlines()[-SHOWN_LINES:])
