"""The commands of a documentation page, run in order exactly as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devkit.errors import MismatchError
from devkit.rights import documented
from devkit.rights.application import FIND, NAMES, SCALE, SEND
from devkit.rights.documented import PAGE, Documented, read_fences
from jobctl.stop import StopSignals
from localaws.processes import Processes

COMMANDS = """
<!-- executed=first -->
```sh
NAME="$(aws say 'a  b')"
pwd
```

<!-- executed=second -->
```sh
aws use "$NAME" | tr a-z A-Z
```

<!-- executed=wrong -->
```sh
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
    with pytest.raises(MismatchError, match="An error occurred"):
        commands.run("wrong")


def test_a_value_that_no_fence_has_set_is_named(commands: Documented) -> None:
    with pytest.raises(MismatchError, match="NOTHING"):
        commands.value("NOTHING")


def test_the_page_has_the_commands_that_are_run_and_no_other_that_says_so() -> None:
    assert read_fences(PAGE.read_text()).keys() == {SEND, FIND, NAMES, SCALE}
