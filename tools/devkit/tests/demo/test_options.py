"""The demo's arguments, and one-line refusals of those that make no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from devkit.demo.options import read_arguments


def test_the_default_run_shows_a_failure_and_a_poison() -> None:
    options = read_arguments([])
    assert (options.count, options.fail, options.poison) == (8, 1, 1)


def test_a_file_alone_sends_only_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "triggers.jsonl"
    file.write_text('{"trigger":"a"}\n\nnot json\n')
    options = read_arguments(["--file", str(file)])
    assert (options.count, options.lines) == (0, ('{"trigger":"a"}', "not json"))


def test_none_of_each_can_be_asked_for() -> None:
    options = read_arguments(["--count", "50", "--fail", "0", "--poison", "0"])
    assert (options.count, options.fail, options.poison) == (50, 0, 0)


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


def test_where_the_report_goes_is_tried_before_anything_runs(tmp_path: Path) -> None:
    file = tmp_path / "demo.html"
    assert read_arguments(["--report", str(file)]).report == file
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("report", "said"),
    [
        ("", "is a folder; name a file in it, such as"),
        ("missing/demo.html", "there is no folder"),
        ("a file/demo.html", "there is no folder"),
        ("link/demo.html", "nothing can be written in"),
    ],
)
def test_a_report_that_could_not_be_written_is_refused(
    report: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a file").write_text("")
    (tmp_path / "link").symlink_to(_not_writable(tmp_path))
    with pytest.raises(SystemExit) as ended:
        read_arguments(["--report", str(tmp_path / report)])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def _not_writable(tmp_path: Path) -> Path:
    """A folder in which no file can be created, not even by root, whom file modes do not stop."""
    if Path("/proc/self").is_dir():
        return Path("/proc/self")
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    return folder


def test_what_was_asked_for_can_be_typed_again() -> None:
    assert str(read_arguments(["--count", "9", "--fail", "2"])) == "--count 9 --fail 2 --poison 1"
