"""The commands of a documentation page, run in order exactly as they are written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from devkit.infra_check.inventory import NotAsSaid
from devkit.rights import documented
from devkit.rights.application import FIND, SEND
from devkit.rights.documented import PAGE, Documented, NoAwsCli, find_aws_cli, read_fences
from devkit.rights.prove import NAMES, SCALE
from jobctl.stop import StopSignals
from localaws.processes import Processes

COMMANDS = """
```sh executed=first
NAME="$(aws say 'a  b')"
pwd
```

```sh executed=second
aws use "$NAME" | tr a-z A-Z
```

```sh executed=wrong
aws fail
echo not reached
```

```sh
echo nobody runs this
```
"""
AWS = """#!/bin/sh
[ "$1" = --endpoint-url ] && shift 2
if [ "$1" = fail ]; then echo "An error occurred" >&2; exit 254; fi
shift
echo "$AWS_ENDPOINT_URL $@"
"""


@pytest.fixture
def aws_cli(tmp_path: Path) -> Path:
    program = tmp_path / "cli" / "aws"
    program.parent.mkdir()
    program.write_text(AWS)
    program.chmod(0o755)
    return program


@pytest.fixture
def commands(tmp_path: Path, aws_cli: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Documented]:
    page = tmp_path / "page.md"
    page.write_text(COMMANDS)
    monkeypatch.setattr(documented, "PAGE", page)
    with Processes("test-documented-") as processes, StopSignals() as stop:
        yield Documented("dev", tmp_path, aws_cli, "http://127.0.0.1:1", processes, stop)


@pytest.mark.slow
def test_what_one_fence_sets_the_next_one_has(commands: Documented, tmp_path: Path) -> None:
    assert commands.run("first") == f"{tmp_path}\n"
    assert commands.value("NAME") == "http://127.0.0.1:1 a  b"
    assert commands.run("second") == "HTTP://127.0.0.1:1 HTTP://127.0.0.1:1 A  B\n"


@pytest.mark.slow
def test_a_command_that_fails_is_told_with_what_it_said(commands: Documented) -> None:
    with pytest.raises(NotAsSaid, match="An error occurred"):
        commands.run("wrong")


@pytest.mark.slow
def test_a_fence_or_a_value_that_is_not_there_is_told_by_its_name(commands: Documented) -> None:
    with pytest.raises(NotAsSaid, match="executed=third"):
        commands.run("third")
    with pytest.raises(NotAsSaid, match="NOTHING"):
        commands.value("NOTHING")


def test_the_page_has_the_commands_that_are_run_and_no_other_that_says_so() -> None:
    assert read_fences(PAGE.read_text()).keys() == {SEND, FIND, NAMES, SCALE}


def test_two_fences_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="one name"):
        read_fences("```sh executed=a\n```\n\n```sh executed=a\n```\n")


@pytest.mark.slow
def test_an_aws_cli_is_the_one_that_was_wished_for_or_the_first_on_the_path(
    aws_cli: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_aws_cli(str(aws_cli)) == aws_cli
    monkeypatch.setenv("PATH", str(aws_cli.parent), prepend=os.pathsep)
    assert find_aws_cli(None) == aws_cli


def test_without_an_aws_cli_it_is_said_what_brings_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoAwsCli, match="nox -s infra"):
        find_aws_cli(None)
    with pytest.raises(NoAwsCli, match="/none is no program"):
        find_aws_cli("/none")
