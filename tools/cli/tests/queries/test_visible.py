"""Strangers' text reaches a page or a terminal as something that can be seen."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from jobctl.views.visible import escaped, one_line, shortened, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcode, 漢字, \U0001f680\n\tindented", "plain, ünïcode, 漢字, \U0001f680\n\tindented"),
        ("\x00\x1b[31m\x7f", "\u2400\u241b[31m\u2421"),
        ("\u202egnp.exe\u2066", "\ufffdgnp.exe\ufffd"),
        ("half \ud800", "half \ufffd"),
        ("zero\u200bwidth \ufeff\U000e0041", "zero\ufffdwidth \ufffd\ufffd"),
    ],
)
def test_what_cannot_be_seen_gets_a_sign(text: str, shown: str) -> None:
    assert visible(text) == shown
    visible(text).encode()


def test_a_long_text_says_how_much_is_missing() -> None:
    assert shortened("x" * 1500, 10) == "xxxxxxxxxx… and 1,490 more characters"
    assert shortened("short", 10) == "short"


def of_categories(*categories: str) -> str:
    return "".join(one for one in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(one) in categories)


def test_no_control_and_no_format_character_of_unicode_stays() -> None:
    dangerous = set(of_categories("Cc", "Cf", "Cs", "Zl", "Zp")) - set("\n\t")
    shown = visible("".join(dangerous))
    assert len(shown) == len(dangerous)
    assert not set(shown) & dangerous


def test_letters_of_all_scripts_stay() -> None:
    letters = of_categories("Ll", "Lu", "Nd", "Sm", "Po", "Zs", "So")
    assert visible(letters) == letters


def test_a_place_of_one_line_has_one_line() -> None:
    assert one_line("a\nb\tc\r\x85") == "a\u240ab\u2409c\u240d\ufffd"


@given(st.text(st.characters(exclude_categories=())))
def test_escaped_json_reads_the_same_and_has_none_of_them(text: str) -> None:
    written = escaped(json.dumps([text], ensure_ascii=False))
    assert json.loads(written) == json.loads(json.dumps([text]))
    assert visible(written) == written


def test_the_styles_of_a_text_stay_where_they_are() -> None:
    text = Text.assemble("a\x1b", ("b\u202e", "red"), "c")
    shown = visible(text)
    assert (shown.plain, shown.spans) == ("a\u241bb\ufffdc", text.spans)
