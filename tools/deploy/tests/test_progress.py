"""What is seen while something takes long: on a terminal one line that changes, elsewhere lines that stay."""

from __future__ import annotations

import io
import re
from threading import Event

import pytest

from jobctl.stop import Stopped
from jobdeploy.progress import Progress

SECONDS = re.compile(r"\d+(\.\d)? s")


class Watched(io.StringIO):
    """Output that says when something was written."""

    def __init__(self, *, terminal: bool, awaited: str) -> None:
        super().__init__()
        self._terminal = terminal
        self._awaited = awaited
        self.there = Event()

    def isatty(self) -> bool:
        return self._terminal

    def write(self, text: str) -> int:
        if self._awaited in text:
            self.there.set()
        return super().write(text)


def seen(out: io.StringIO) -> str:
    return SECONDS.sub("N s", out.getvalue())


def test_a_step_is_a_line_with_its_duration_and_notes() -> None:
    out = io.StringIO()
    with Progress(out).step("apply") as notes:
        notes.append("3 resources")
    assert seen(out) == "apply ... ok, N s (3 resources)\n"


def test_a_step_that_fails_says_so_and_lets_the_error_pass() -> None:
    out = io.StringIO()
    with pytest.raises(ValueError, match="x"), Progress(out).step("apply"):
        raise ValueError("x")
    assert seen(out) == "apply ... FAILED after N s\n"


def test_what_is_said_in_the_middle_has_lines_of_its_own() -> None:
    out = io.StringIO()
    progress = Progress(out)
    with progress.step("apply"):
        progress.say("one")
        progress.say("two")
    assert seen(out) == "apply ... \none\ntwo\napply ... ok, N s\n"


def test_phases_are_counted_and_say_what_is_next() -> None:
    out = io.StringIO()
    progress = Progress(out)
    progress.phases(["plan", "apply"])
    progress.phase("plan")
    progress.phase("apply")
    assert out.getvalue() == "\n[1/2] plan   (next: apply)\n\n[2/2] apply\n"


def test_a_log_is_told_now_and_then_that_a_long_step_is_at_work() -> None:
    out = Watched(terminal=False, awaited="still at it")
    progress = Progress(out, plain_seconds=0.01)
    with progress.step("apply"):
        progress.note("2 of 9")
        assert out.there.wait(5)
    assert "  apply: still at it after N s" in seen(out)
    assert "2 of 9" in seen(out)
    assert "\r" not in out.getvalue()


def test_a_terminal_has_one_line_that_is_written_anew() -> None:
    out = Watched(terminal=True, awaited="2 of 9")
    progress = Progress(out)
    with progress.step("apply"):
        progress.note("2 of 9")
    assert out.there.is_set()
    lines = seen(out).split("\r\x1b[K")
    assert lines == ["apply ... ", "apply ... N s, 2 of 9 ", "apply ... ok, N s\n"]


def test_a_step_that_somebody_ended_has_stopped_and_not_failed() -> None:
    out = io.StringIO()
    with pytest.raises(Stopped), Progress(out).step("apply"):
        raise Stopped
    assert "apply ... stopped after" in out.getvalue()


def test_what_tasks_wrote_is_shown_without_what_commands_a_terminal() -> None:
    out = io.StringIO()
    progress = Progress(out)
    with progress.step("wait"):
        progress.note("a\x1b[2J\nb")
        progress.say("last line: \x1b[31m\u202e")
    assert "last line: \u241b[31m\ufffd" in out.getvalue()
    assert "\x1b" not in out.getvalue()
