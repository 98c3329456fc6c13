"""How a command is stopped (asked once and waited for, killed at the second time), and what Terraform finds in its environment."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from threading import Event, Thread

import pytest

from jobctl.stop import Stopped, StopSignals
from jobdeploy.commands import run_command
from jobdeploy.root import terraform_environ

SECONDS = 30
ENDS_WELL = "trap 'touch ended; exit 1' INT; touch begun; while :; do sleep 0.02; done"
ENDS_NEVER = "trap '' INT; echo $$ > pid; touch begun; while :; do sleep 0.02; done"


def run_until(folder: Path, script: str, interrupt: Callable[[Popen[bytes]], None], then: Callable[[], None]) -> None:
    """Runs a script in `folder`; as soon as it has begun we get Ctrl-C, and `then` happens."""

    def signals() -> None:
        while not (folder / "begun").exists():
            Event().wait(0.01)
        os.kill(os.getpid(), signal.SIGINT)
        then()

    with StopSignals() as stop:
        other = Thread(target=signals)
        other.start()
        try:
            run_command(stop, ["sh", "-c", script], os.environ, interrupt, folder=folder)
        finally:
            other.join(SECONDS)


@pytest.mark.slow
def test_the_first_ctrl_c_asks_a_command_to_end_and_waits_for_it(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        run_until(tmp_path, ENDS_WELL, lambda process: process.send_signal(signal.SIGINT), lambda: None)
    assert (tmp_path / "ended").exists()


@pytest.mark.slow
def test_the_second_ctrl_c_kills_it(tmp_path: Path) -> None:
    asked = Event()

    def again() -> None:
        asked.wait(SECONDS)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run_until(tmp_path, ENDS_NEVER, lambda process: asked.set(), again)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.slow
def test_each_line_is_told_while_it_runs(tmp_path: Path) -> None:
    lines: list[str] = []

    def hear(line: str) -> None:
        lines.append(line)
        if line == "two":
            (tmp_path / "heard").touch()

    script = "echo one; echo two; while [ ! -e heard ]; do sleep 0.02; done; echo no >&2; exit 3"
    with StopSignals() as stop:
        command = ["sh", "-c", script]
        ended = run_command(stop, command, os.environ, lambda process: None, folder=tmp_path, on_line=hear)
    assert lines == ["one", "two"]
    assert (ended.code, ended.output, ended.errors) == (3, "one\ntwo\n", "no\n")


def test_what_would_lead_to_another_state_is_not_handed_on_to_terraform_and_a_local_aws_is() -> None:
    theirs = {"TF_WORKSPACE": "x", "TF_CLI_ARGS_plan": "-target=x", "TF_CLI_CONFIG_FILE": "rc", "AWS_PROFILE": "me"}
    found = terraform_environ(theirs, None)
    assert not {"TF_WORKSPACE", "TF_CLI_ARGS_plan", "AWS_ENDPOINT_URL"} & found.keys()
    assert (found["AWS_PROFILE"], found["TF_CLI_CONFIG_FILE"], found["TF_INPUT"]) == ("me", "rc", "0")
    assert terraform_environ(theirs, "http://127.0.0.1:1")["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
