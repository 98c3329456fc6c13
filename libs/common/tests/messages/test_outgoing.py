from __future__ import annotations

from hypothesis import given

from jobqueue.messages.delivery import Attribute
from jobqueue.messages.outgoing import OutgoingMessage

from .strategies import any_text, attributes


def test_a_size_counts_names_kinds_and_values_in_bytes() -> None:
    assert OutgoingMessage("é").size() == 2
    assert OutgoingMessage("x", {"ab": Attribute("é"), "c": Attribute(b"\x00\x01", "Binary")}).size() == 1 + (
        2 + 6 + 2
    ) + (1 + 6 + 2)


@given(any_text, attributes)
def test_any_message_has_a_size(body: str, attributes: dict[str, Attribute]) -> None:
    size = OutgoingMessage(body, attributes).size()
    assert size >= len(body)
    assert size == OutgoingMessage(body).size() + OutgoingMessage("", attributes).size()


def test_half_a_surrogate_pair_has_a_size_too() -> None:
    assert OutgoingMessage("\ud800", {"a": Attribute("\udfff")}).size() == 3 + (1 + 6 + 3)
