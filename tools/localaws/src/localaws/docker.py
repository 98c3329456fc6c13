"""Docker, used through its command line, which knows the person's contexts, credentials and plugins.

Commands are run to their end or started for the caller. A command gets our whole environment (contexts, proxies, credential helpers), and a
session of its own: Ctrl-C reaches the tool, which ends its commands in order. Never a shell, never a retry. A `Docker` may be shared by threads.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

SHOWN_LINES = 30
ANSWER_SECONDS = 30.0
"""An engine that is starting (Docker Desktop) holds the first command up for a while."""
MIN_ENGINE, MIN_COMPOSE, MIN_BUILDX = (20, 10), (2, 20), (0, 10)
"""`host-gateway` (20.10), a Compose project read from stdin and env files switched off, builds with secrets."""
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
        self.environ = environ

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
            output, errors = process.communicate(input, timeout)
        except subprocess.TimeoutExpired as error:
            kill(process)
            process.communicate()
            raise DockerFailed(f"{_shown(arguments)}\n  did not end in {timeout:.0f} s") from error
        except BaseException:
            kill(process)
            process.communicate()  # also closes the pipes
            raise
        if process.returncode:
            raise _error(arguments, process.returncode, errors or output)
        return output

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
        environ = {**(os.environ if self.environ is None else self.environ), **(env or {})}
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
        """The engine's version, when engine, Compose and buildx are installed and new enough. Changes nothing.

        Raises:
            NoDocker: the program, its engine or a plugin is missing or too old.
        """
        try:
            version = self.run("version", "--format", "{{.Server.Version}}", timeout=ANSWER_SECONDS).strip()
        except DockerFailed as error:
            raise NoDocker(f"Docker's engine does not answer. Start it, then try again. {error}") from error
        _check_version("Docker's engine", version, MIN_ENGINE)
        _check_version("Docker Compose", self._plugin_version("compose", "version", "--short"), MIN_COMPOSE)
        _check_version("Docker buildx", self._plugin_version("buildx", "version"), MIN_BUILDX)
        return version

    def _plugin_version(self, plugin: str, *arguments: str) -> str:
        try:
            return self.run(plugin, *arguments, timeout=ANSWER_SECONDS).strip()
        except DockerFailed as error:
            raise NoDocker(f"`docker {plugin}` is not installed: the {plugin} plugin is missing. {INSTALL}") from error


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


def _error(arguments: Sequence[str], code: int, output: str) -> Exception:
    if any(text in output.lower() for text in _NO_ENGINE):
        return NoDocker(f"Docker's engine does not answer. Start it, then try again. It wrote:\n{_end_of(output)}")
    return DockerFailed(f"{_shown(arguments)}\n  ended with exit code {code}:\n{_end_of(output)}")


def _end_of(output: str) -> str:
    return "\n".join(f"  {line}" for line in output.splitlines()[-SHOWN_LINES:])


def _check_version(what: str, output: str, oldest: tuple[int, int]) -> None:
    found = re.search(r"(\d+)\.(\d+)", output)
    if found is None:
        raise NoDocker(f"{what} does not tell its version: {output!r}. {INSTALL}")
    if (int(found[1]), int(found[2])) < oldest:
        needed = ".".join(map(str, oldest))
        raise NoDocker(f"{what} is {output}; {needed} or newer is needed. {INSTALL}")
