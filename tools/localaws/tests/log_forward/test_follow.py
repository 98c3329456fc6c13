"""Whole lines from Docker's log bytes, wherever these are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localaws.log_forward.follow import Line, LineReader

STAMP = "2026-11-23T22:27:57.930741185Z"
LATER = "2026-11-23T22:27:58.000000000Z"


def test_a_line_has_its_time_and_text() -> None:
    (line,) = LineReader().feed(f"{STAMP} hello  \r\n".encode())
    assert (line.stamp, line.text, line.milliseconds()) == (STAMP, "hello  \r", 1795472877930)


def test_a_line_that_the_engine_cut_is_whole_again() -> None:
    pieces = ["x" * 16384, "y" * 16384, f"{LATER} is text"]
    cut = "".join(f"{STAMP} {piece}" for piece in pieces) + "\n"
    assert LineReader().feed(cut.encode()) == [Line(STAMP, "".join(pieces))]


def test_a_seam_inside_a_character_does_it_no_harm() -> None:
    first, second = "é".encode()[:1], "é".encode()[1:]
    stamp = STAMP.encode() + b" "
    assert LineReader().feed(stamp + first + stamp + second + b"\n") == [Line(STAMP, "é")]


def test_a_line_that_never_ended_comes_at_the_end() -> None:
    reader = LineReader()
    assert reader.feed(f"{STAMP} Trace".encode()) == []
    assert reader.close() == [Line(STAMP, "Trace")]
    assert reader.close() == []


def test_an_empty_line_is_a_line_and_what_docker_itself_says_has_no_time() -> None:
    lines = LineReader().feed(f"{STAMP} \nError: No such container: x\n".encode())
    assert lines == [Line(STAMP, ""), Line("", "Error: No such container: x")]


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    (line,) = LineReader().feed(STAMP.encode() + b" \xff\n")
    assert line.text == "\ufffd"


@given(st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=9), max_size=9), st.data())
def test_where_the_pipe_cuts_makes_no_difference(texts: list[str], data: st.DataObject) -> None:
    sent = "".join(f"{STAMP} {text}\n" for text in texts).encode()
    cut = data.draw(st.integers(0, len(sent)))
    reader = LineReader()
    assert [*reader.feed(sent[:cut]), *reader.feed(sent[cut:])] == [Line(STAMP, text) for text in texts]


@pytest.mark.parametrize("chunk", [b"", b"x"])
def test_nothing_ended_is_no_line(chunk: bytes) -> None:
    assert LineReader().feed(chunk) == []
