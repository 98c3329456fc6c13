"""The command: for a person, for a program, for a browser."""

from __future__ import annotations

import json
import os
import pty
import shlex
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from jobctl.session import SessionOptions
from jobctl.watch.web import HOST, served_command

from ..conftest import Jobs
from ..world import World

END_SECONDS = 30.0


@contextmanager
def running(one: World, *options: str) -> Iterator[subprocess.Popen[str]]:
    """`jobctl watch`, which does not end by itself."""
    command = [sys.executable, "-m", "jobctl", *one.options, "watch", *options, "--json"]
    environ = {**os.environ, **one.environ}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ, start_new_session=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def test_without_a_terminal_it_says_what_to_use_instead(still: World, shell: Callable[[World], Jobs]) -> None:
    result = shell(still).run("watch")
    assert result.exit_code == 2
    assert "needs a terminal" in result.stderr
    assert "jobctl watch --web" in result.stderr


@pytest.mark.parametrize("key", [b"q", b"\x03"], ids=["q", "ctrl-c"])
def test_in_a_terminal_it_opens_and_a_key_ends_it(still: World, key: bytes) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    command = [sys.executable, "-m", "jobctl", *still.options, "watch"]
    environ = {**os.environ, **still.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True
    ) as process:
        try:
            os.close(theirs)
            seen = b""
            while b"newest first" not in seen:
                seen += os.read(ours, 65536)
            os.write(ours, key)
            with suppress(OSError):  # Linux's word for the other end being closed
                while os.read(ours, 65536):
                    pass
            assert process.wait(END_SECONDS) == 0
        finally:
            if process.poll() is None:
                process.kill()
            os.close(ours)


def test_a_program_gets_a_line_for_each_refresh_until_ctrl_c(still: World) -> None:
    with running(still, "--interval", "1") as process:
        assert process.stdout is not None
        first, second = (json.loads(process.stdout.readline()) for _ in range(2))
        assert [one["name"] for one in first["services"]] == ["background-job", "main-job"]
        assert second["at_ms"] > first["at_ms"]
        process.send_signal(signal.SIGINT)
        assert process.wait(END_SECONDS) == 130


def test_the_browser_is_served_the_same_stack_with_the_same_credentials() -> None:
    options = SessionOptions("shop", "dev", "on call", "eu-central-1", "http://127.0.0.1:5000")
    words = shlex.split(served_command(options, 2.5))
    assert words[:4] == ["exec", sys.executable, "-m", "jobctl"]
    assert words[4:] == [
        *("--project", "shop", "--environment", "dev", "--profile", "on call", "--region", "eu-central-1"),
        *("--endpoint-url", "http://127.0.0.1:5000", "watch", "--interval", "2.5"),
    ]


def test_only_who_has_the_address_with_its_key_is_let_in_and_ctrl_c_ends_it(
    still: World, shell: Callable[[World], Jobs]
) -> None:
    with running(still, "--web", "--port", "0") as process:
        assert process.stdout is not None
        address = urlsplit(json.loads(process.stdout.readline())["url"])
        assert address.hostname == HOST
        own, key = f"http://{address.netloc}", parse_qs(address.query)["key"][0]

        def asked(path: str, **headers: str) -> tuple[int, str]:
            connection = HTTPConnection(HOST, address.port or 0, timeout=END_SECONDS)
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            cookie = answer.getheader("Set-Cookie") or answer.getheader("Content-Security-Policy") or ""
            connection.close()
            return answer.status, cookie

        assert asked("/")[0] == 403
        assert asked("/ws")[0] == 403
        assert asked("/?key=wrong")[0] == 403
        assert asked(f"/?key={key}", Host=f"example.com:{address.port}")[0] == 403
        assert asked(f"/?key={key}", Origin="http://example.com")[0] == 403
        status, cookie = asked(f"/?key={key}")
        assert (status, "HttpOnly" in cookie, "SameSite=Strict" in cookie) == (303, True, True)
        status, policy = asked("/", Cookie=cookie.partition(";")[0], Origin=own)
        assert (status, policy.startswith("default-src 'self'")) == (200, True)
        assert asked("/ws", Cookie=cookie.partition(";")[0], Origin="http://127.0.0.1:1")[0] == 403
        taken = shell(still).run("watch", "--web", "--port", str(address.port))
        assert (taken.exit_code, f"Port {address.port} of {HOST} cannot be used" in taken.stderr) == (1, True)
        process.send_signal(signal.SIGINT)
        assert process.wait(END_SECONDS) == 0


def test_a_view_ends_with_its_server_even_if_that_was_killed(still: World) -> None:
    watched, held = os.pipe()
    view = served_command(SessionOptions(still.project, "dev", None, "us-east-1", still.endpoint), 1.0)
    environ = {**os.environ, **still.environ, "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"}
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "pass_fds": (held,)}
    shell = [
        "sh",
        "-c",
        f"exec 3<&0; ({view} <&3) & wait",
    ]  # what runs beside a shell has no input unless it is given one
    with subprocess.Popen(shell, env=environ, start_new_session=True, **pipes) as server:
        os.close(held)
        assert server.stdout is not None
        assert server.stdout.readline() == b"__GANGLION__\n"
        seen = b""
        while b"newest first" not in seen:
            seen += os.read(server.stdout.fileno(), 65536)
        server.kill()
    assert os.read(watched, 1) == b""  # the last one that held it has ended
    os.close(watched)
