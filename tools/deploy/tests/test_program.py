"""How Terraform is stopped: asked once and waited for, killed at the second time; and what it finds in its environment."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from threading import Event, Thread

import pytest

from jobctl.errors import CommandError
from jobctl.stop import Stopped, StopSignals
from jobdeploy.program import ENDING, Program, environment

pytestmark = pytest.mark.slow

SECONDS = 30
ENDS_WELL = """\
trap 'touch ended; exit 1' INT
touch begun
while :; do sleep 0.02; done
"""
ENDS_NEVER = """\
trap '' INT
echo $$ > pid
touch begun
while :; do sleep 0.02; done
"""


def install(folder: Path, script: str) -> dict[str, str]:
    """A program named terraform; it works in its `-chdir`."""
    program = folder / "terraform"
    program.write_text(f'#!/bin/sh\ncd "${{1#-chdir=}}"\n{script}')
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def await_file(file: Path) -> None:
    while not file.exists():
        Event().wait(0.01)


def program(folder: Path, stop: StopSignals, script: str, told: list[str], asked: Event) -> Program:
    def tell(text: str) -> None:
        told.append(text)
        asked.set()

    return Program(stop, folder, install(folder, script), say=tell)


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Popen looks for programs in our own path."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


@pytest.mark.usefixtures("path")
def test_the_first_ctrl_c_asks_terraform_to_end_and_waits_for_it(tmp_path: Path) -> None:
    told: list[str] = []

    def interrupt() -> None:
        await_file(tmp_path / "begun")
        os.kill(os.getpid(), signal.SIGINT)

    with StopSignals() as stop:
        one = program(tmp_path, stop, ENDS_WELL, told, Event())
        other = Thread(target=interrupt)
        other.start()
        with pytest.raises(Stopped):
            one.run(tmp_path, tmp_path, "apply")
        other.join(SECONDS)
    assert (tmp_path / "ended").exists()
    assert told == [ENDING]


@pytest.mark.usefixtures("path")
def test_the_second_ctrl_c_kills_it(tmp_path: Path) -> None:
    asked = Event()

    def interrupt() -> None:
        await_file(tmp_path / "begun")
        os.kill(os.getpid(), signal.SIGINT)
        asked.wait(SECONDS)
        os.kill(os.getpid(), signal.SIGINT)

    with StopSignals() as stop:
        one = program(tmp_path, stop, ENDS_NEVER, [], asked)
        other = Thread(target=interrupt)
        other.start()
        with pytest.raises(KeyboardInterrupt):
            one.run(tmp_path, tmp_path, "apply")
        other.join(SECONDS)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.usefixtures("path")
def test_each_line_is_told_while_it_runs_and_an_error_is_shown_from_its_beginning(tmp_path: Path) -> None:
    lines: list[str] = []
    script = 'echo one\necho two\nwhile [ ! -e heard ]; do sleep 0.02; done\necho "Error: no" >&2\nexit 1\n'

    def hear(line: str) -> None:
        lines.append(line)
        if line == "two":
            (tmp_path / "heard").touch()

    with StopSignals() as stop:
        one = program(tmp_path, stop, script, [], Event())
        with pytest.raises(CommandError) as error:
            one.run(tmp_path, tmp_path, "apply", on_line=hear)
    assert lines == ["one", "two"]
    assert error.value.what == "terraform apply failed:\nError: no"


def test_what_would_lead_to_another_state_is_not_handed_on() -> None:
    found = environment(
        {"TF_WORKSPACE": "x", "TF_CLI_ARGS_plan": "-target=x", "TF_CLI_CONFIG_FILE": "rc", "AWS_PROFILE": "me"}, None
    )
    assert not {"TF_WORKSPACE", "TF_CLI_ARGS_plan", "AWS_ENDPOINT_URL"} & found.keys()
    assert (found["AWS_PROFILE"], found["TF_CLI_CONFIG_FILE"], found["TF_INPUT"]) == ("me", "rc", "0")


def test_a_local_aws_is_in_terraforms_environment() -> None:
    found = environment({"TF_CLI_CONFIG_FILE": "rc"}, "http://127.0.0.1:1")
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
