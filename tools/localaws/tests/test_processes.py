"""Child processes of a tool, which end with it however it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from localaws.processes import ProcessDied, Processes

pytestmark = pytest.mark.slow

WAITS = "import signal; print('up', flush=True); signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
CONNECTED = "import signal, socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); signal.pause()"
TOOL = f"""
import signal, sys
from localaws.processes import Processes
with Processes("test-processes-") as processes:
    processes.start("child", [sys.executable, "-c", {CONNECTED!r}, sys.argv[1]], {{}})
    print(processes.folder, flush=True)
    signal.pause()
"""


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_leaving_ends_the_children_and_removes_their_folder() -> None:
    with Processes("test-processes-") as processes:
        child = processes.start("child", [sys.executable, "-c", WAITS], {})
        folder = processes.folder
        assert child.exit_code() is None
    assert not alive(child.pid)
    assert not folder.exists()


def test_a_child_that_ignores_the_request_is_killed_after_its_time() -> None:
    command = [sys.executable, "-c", DEAF]
    with Processes("test-processes-") as processes:
        child = processes.start("deaf", command, {})
        while "up" not in child.last_lines():
            assert child.exit_code() is None
        assert processes.stop([child], 0.1) == {"deaf": -signal.SIGKILL}


def test_what_is_ended_first_can_still_reach_what_it_needs() -> None:
    with Processes("test-processes-") as processes:
        needed = processes.start("needed", [sys.executable, "-c", WAITS], {})
        user = processes.start("user", [sys.executable, "-c", WAITS], {})
        with processes.ended_first([user], 10):
            assert user.exit_code() is None
        assert not alive(user.pid)
        assert needed.exit_code() is None


def test_a_child_that_died_is_told_with_its_last_lines() -> None:
    command = [sys.executable, "-c", "print('no such queue'); raise SystemExit(69)"]
    with Processes("test-processes-") as processes:
        child = processes.start("main-job", command, {})
        child.wait(10)
        with pytest.raises(ProcessDied) as died:
            processes.check()
    assert str(died.value) == "main-job ended with exit code 69. Its last lines:\n  no such queue"


def test_a_child_sees_nothing_of_the_persons_own_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("MAX_ATTEMPTS", "1")
    command = [
        sys.executable,
        "-c",
        "import os; print(sorted({'AWS_PROFILE', 'MAX_ATTEMPTS', 'GIVEN'} & set(os.environ)))",
    ]
    with Processes("test-processes-") as processes:
        child = processes.start("child", command, {"GIVEN": "1"})
        child.wait(10)
        assert child.last_lines() == "  ['GIVEN']"


def test_a_kept_folder_stays() -> None:
    with Processes("test-processes-") as processes:
        folder = processes.keep_folder()
    assert folder.is_dir()
    folder.rmdir()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_when_the_tool_is_killed_the_reaper_ends_its_children(number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        command = [sys.executable, "-c", TOOL, str(server.getsockname()[1])]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tool:
            assert tool.stdout is not None
            folder = Path(tool.stdout.readline().strip())
            child, _ = server.accept()
            with child:
                child.settimeout(10)
                tool.send_signal(number)
                # The connection ends with the child; the pipe, whose other end the reaper inherited, with the reaper.
                assert child.recv(1) == b""
            assert tool.stdout.read() == ""
    assert not folder.exists()
