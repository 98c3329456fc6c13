"""What holds for every command: help, exit codes, colour, and a fast start. (--json of each: test_hostile.)"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import typer

from jobctl import errors
from jobctl.app import HELP, app, common_options_first
from jobctl.checkout import REPOSITORY

from .conftest import Jobs
from .world import World

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


@pytest.fixture
def jobs(still: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(still)


@pytest.mark.parametrize("name", ALL)
def test_help_names_every_option_and_says_what_it_is_for(jobs: Jobs, name: str) -> None:
    assert [one.name for one in ALL[name].params if not one.hidden and not one.help] == []
    result = jobs.run(*name.split(), "--help", COLUMNS="80", NO_COLOR="1", FORCE_COLOR=None)
    assert result.exit_code == 0
    flat = re.sub(r"[│\s]+", " ", result.stdout)
    assert [one for one in ALL[name].params for opt in one.opts if opt.startswith("--") and opt not in flat] == []
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert jobs.run(*name.split(), "--no-such-option").exit_code == 2


def test_common_options_may_follow_the_command(jobs: Jobs) -> None:
    asked = ["status", "--json", "--region", "us-east-1", "--project=p", "--", "--json"]
    assert common_options_first(asked) == ["--json", "--region", "us-east-1", "--project=p", "status", "--", "--json"]
    assert jobs.run("list", "--json").stdout == jobs.run("--json", "list").stdout == "[]\n"


def test_colour_is_only_for_a_terminal_and_no_color_turns_it_off(jobs: Jobs) -> None:
    assert COLOUR.search(jobs.run("status", FORCE_COLOR="1").stdout)
    assert COLOUR.findall(jobs.run("status", FORCE_COLOR="1", NO_COLOR="1").stdout) == []
    assert "\x1b" not in jobs.run("status").stdout


def test_every_exit_code_is_documented_and_no_other() -> None:
    kinds = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.CommandError)}
    codes = {0, errors.INTERRUPTED, *(one.exit_code for one in kinds)}
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
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
