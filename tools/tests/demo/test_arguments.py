"""Is what the person asked for understood, and refused in one line where it cannot be meant?"""

from __future__ import annotations

from pathlib import Path

import pytest

from jobtools.demo.arguments import read_arguments


def test_the_default_run_shows_a_failure_and_a_poison() -> None:
    wishes = read_arguments([])
    assert (wishes.count, wishes.fail, wishes.poison) == (5, 1, 1)


def test_a_file_alone_sends_only_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "triggers.jsonl"
    file.write_text('{"trigger":"a"}\n\nnot json\n')
    wishes = read_arguments(["--file", str(file)])
    assert (wishes.count, wishes.lines) == (0, ('{"trigger":"a"}', "not json"))


def test_none_of_each_can_be_asked_for() -> None:
    wishes = read_arguments(["--count", "50", "--fail", "0", "--poison", "0"])
    assert (wishes.count, wishes.fail, wishes.poison) == (50, 0, 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--count", "3", "--fail", "4"], "--fail 4 and --poison 0 are part of --count 3"),
        (["--count", "0"], "nothing to send"),
        (["--count", "-1"], "whole number"),
        (["--file", "/does/not/exist"], "No such file"),
        (["--port", "70000"], "not between 0 and 65535"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_arguments(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_line_that_no_queue_takes_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "triggers.jsonl"
    file.write_text("{}\n" + "x" * 262_145)
    with pytest.raises(SystemExit):
        read_arguments(["--file", str(file)])
    assert "line 2 is longer than the queue takes" in capsys.readouterr().err
