"""Does a text reach the page as something that can be seen?"""

from __future__ import annotations

import pytest

from jobtools.demo.page.visible import shortened, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcode, 漢字, \U0001f680\n\tindented", "plain, ünïcode, 漢字, \U0001f680\n\tindented"),
        ("\x00\x1b[31m\x7f", "\u2400\u241b[31m\u2421"),
        ("\u202egnp.exe\u2066", "\ufffdgnp.exe\ufffd"),
        ("half \ud800", "half ?"),
    ],
)
def test_what_cannot_be_seen_gets_a_sign(text: str, shown: str) -> None:
    assert visible(text) == shown
    visible(text).encode()


def test_a_long_text_says_how_much_is_missing() -> None:
    assert shortened("x" * 1500, 10) == "xxxxxxxxxx… and 1,490 more characters"
    assert shortened("short", 10) == "short"
