from __future__ import annotations

import pytest
from hypothesis import given

from jobqueue.messages.characters import allowed, fault_of
from jobqueue.messages.correlation_id import check_correlation_id
from jobqueue.messages.errors import Undecodable
from jobqueue.messages.trigger import read_trigger

from .strategies import any_text, delivery


@pytest.mark.parametrize(
    "text",
    [
        "a\u00a0b",
        "\u3000",
        "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f468\u200d\U0001f469",
        "\ue000",
        "\U0003fffd",
        "\u00ad",
    ],
)
def test_spaces_of_every_width_joiners_and_new_characters_are_allowed(text: str) -> None:
    assert check_correlation_id(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\nb", "U+000A (a control character) at place 2"),
        ("\x9b31m", "U+009B (a control character) at place 1"),
        ("ab\u202e", "U+202E (RIGHT-TO-LEFT OVERRIDE) at place 3"),
        ("a\u2028", "U+2028 (LINE SEPARATOR) at place 2"),
        ("\ud800", "U+D800 (half of a surrogate pair) at place 1"),
        ("\uffff", "U+FFFF (a noncharacter) at place 1"),
    ],
)
def test_a_character_that_is_refused_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(Undecodable, match="correlationId has") as refused:
        check_correlation_id(text)
    assert said in str(refused.value)


def test_a_name_is_told_so_too() -> None:
    with pytest.raises(Undecodable, match=r"trigger has U\+0009 \(a control character\) at place 2"):
        read_trigger(delivery('{"trigger":"a\\tb"}'))


@given(any_text)
def test_a_text_has_a_fault_where_one_of_its_characters_is_not_allowed(text: str) -> None:
    assert (fault_of(text) is None) == all(allowed(character) for character in text)
