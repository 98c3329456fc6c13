"""What holds for every command: --json, NO_COLOR, help, documented exit codes and a fast start."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import typer

from jobctl import exits
from jobctl.app import HELP, app
from jobctl.checkout import REPOSITORY
from jobqueue.messages import dead_letter as names

from .conftest import Jobs
from .world import World, make_world

STRANGER = "01M85DNG76CJA6HHV4GJ30AD12"
TYPED: Mapping[str, tuple[str, ...]] = {
    "submit": (),
    "status": (),
    "list": (),
    "show": ("JOB",),
    "logs": ("JOB",),
    "trace": ("JOB",),
    "tail": ("--no-follow", "--since", "10m"),
    "tasks": (),
    "dead list": (),
    "dead show": ("LETTER",),
    "dead redrive": ("--all", "--dry-run"),
    "dead drop": ("--all", "--dry-run"),
    "pause": ("main-job", "--no-wait"),
    "resume": ("main-job", "--no-wait"),
}
"""How each command that ends by itself is typed here."""
ENDLESS = {"watch"}
OF_A_JOB = {name for name, arguments in TYPED.items() if "JOB" in arguments} | {"tail", "list"}
LINES = {"submit", "tail"}
"""Whose JSON is a line each (docs/howto/look-and-repair.md)."""
COLOUR = re.compile(r"\x1b\[[0-9;]*\b(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])[0-9;]*m")
PAGE = (REPOSITORY / "docs/howto/look-and-repair.md").read_text()


def commands() -> dict[str, Any]:
    """Returns every command by the words that are typed, from the program itself."""
    found: dict[str, Any] = {}
    left: list[tuple[str, Any]] = [("", typer.main.get_command(app))]
    while left:
        name, command = left.pop()
        below = getattr(command, "commands", None)
        if below is None:
            found[name] = command
        else:
            left += [(f"{name} {one}".strip(), command) for one, command in below.items()]
    return found


ALL = commands()


@pytest.fixture(scope="module")
def job(working: World) -> str:
    """The id of a completed job, in the log and in X-Ray."""
    done = Jobs(working, str(working.folder)).said("submit", "--type", "simulate", "--wait")
    working.carry(done["job_id"])
    return str(done["job_id"])


@pytest.fixture(scope="module")
def quiet(still_endpoint: str) -> World:
    """A stack in which no service runs, with a dead letter and a service that can be paused."""
    one = make_world(still_endpoint)
    one.clients("sqs").send_message(
        QueueUrl=one.queues["background-jobs"].dead_letter_url,
        MessageBody="{}",
        MessageAttributes={
            names.REASON: {"DataType": "String", "StringValue": "simulated"},
            "jobId": {"DataType": "String", "StringValue": STRANGER},
        },
    )
    one.clients("ssm").put_parameter(Name=f"/{one.project}/dev/paused", Value="{}", Type="String")
    one.clients("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{one.cluster.cluster}/{one.cluster.service}",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=5,
    )
    return one


@pytest.fixture
def typed(request: pytest.FixtureRequest, shell: Callable[[World], Jobs]) -> Callable[[str], tuple[Jobs, list[str]]]:
    """Returns the shell and the words of a command; services run only for commands that need a job."""

    def words(name: str) -> tuple[Jobs, list[str]]:
        world: World = request.getfixturevalue("working" if name in OF_A_JOB else "quiet")
        values = {"LETTER": STRANGER, "JOB": request.getfixturevalue("job") if name in OF_A_JOB else ""}
        return shell(world), [*name.split(), *(values.get(one, one) for one in TYPED[name])]

    return words


def test_every_command_is_held_to_it() -> None:
    assert ALL.keys() == TYPED.keys() | ENDLESS


@pytest.mark.parametrize("name", TYPED)
def test_with_json_stdout_has_json_and_nothing_else(typed: Callable[[str], tuple[Jobs, list[str]]], name: str) -> None:
    jobs, arguments = typed(name)
    result = jobs.run(*arguments, "--json")
    assert result.exit_code == 0, (result.stderr, result.exception)
    values = [json.loads(line) for line in result.stdout.splitlines()] if name in LINES else [json.loads(result.stdout)]
    assert values
    assert all(isinstance(value, dict | list) for value in values)


@pytest.mark.parametrize("name", TYPED)
def test_without_colour_there_is_none_even_on_a_terminal(
    typed: Callable[[str], tuple[Jobs, list[str]]], name: str
) -> None:
    jobs, arguments = typed(name)
    result = jobs.run(*arguments, FORCE_COLOR="1", NO_COLOR="1")
    assert result.exit_code == 0, (result.stderr, result.exception)
    assert COLOUR.findall(result.stdout + result.stderr) == []


def test_with_colour_there_is_some(typed: Callable[[str], tuple[Jobs, list[str]]]) -> None:
    jobs, arguments = typed("status")
    assert COLOUR.search(jobs.run(*arguments, FORCE_COLOR="1").stdout)
    assert "\x1b" not in jobs.run(*arguments).stdout


@pytest.mark.parametrize("name", ALL)
def test_help_names_every_option_and_says_what_it_is_for(
    quiet: World, shell: Callable[[World], Jobs], name: str
) -> None:
    assert [one.name for one in ALL[name].params if not one.hidden and not one.help] == []
    result = shell(quiet).run(*name.split(), "--help", COLUMNS="80", NO_COLOR="1", FORCE_COLOR=None)
    assert result.exit_code == 0
    flat = re.sub(r"[│\s]+", " ", result.stdout)
    assert [one for one in ALL[name].params for opt in one.opts if opt.startswith("--") and opt not in flat] == []
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize("name", ALL)
def test_what_cannot_be_understood_ends_with_2_and_what_is_not_there_with_4(
    quiet: World, shell: Callable[[World], Jobs], name: str
) -> None:
    jobs = shell(quiet)
    assert jobs.run(*name.split(), "--no-such-option").exit_code == 2
    arguments = [STRANGER if one in ("JOB", "LETTER") else one for one in TYPED.get(name, ())]
    result = jobs.run(*name.split(), *arguments, "--environment", "nope", "--json")
    assert (result.exit_code, result.stdout) == (4, "")
    assert f"/{quiet.project}/nope/stack" in result.stderr
    assert "\nNext: " in result.stderr


def test_watch_gives_a_line_of_json_for_each_look_until_ctrl_c(quiet: World) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "jobctl", "watch", "--json"],
        env={**os.environ, **quiet.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert isinstance(json.loads(process.stdout.readline()), dict)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (130, "")


def test_every_exit_code_is_documented_and_no_other() -> None:
    kinds = [one for one in vars(exits).values() if isinstance(one, type) and issubclass(one, exits.DeployError)]
    codes = {0, exits.INTERRUPTED, *(one.exit_code for one in kinds)}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)} == codes
    assert codes <= {int(code) for code in re.findall(r"\b\d+\b", HELP)}


def test_starting_it_imports_nothing_that_help_and_completion_do_not_need() -> None:
    """Each of these takes 50 ms or more to import; `jobctl --help` itself needs only Typer and Rich."""
    heavy = (
        "boto3",
        "botocore.client",
        "moto",
        "textual",
        "textual_serve",
        "opentelemetry.sdk",
        "asyncio",
        "http.server",
    )
    program = f"import sys, jobctl.app; print([one for one in {heavy} if one in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"
