from __future__ import annotations

import pytest
from hypothesis import given

from jobqueue.messages.characters import fault_of
from jobqueue.messages.correlation_id import MAX_CHARACTERS, check_correlation_id, synthetic_correlation_id
from jobqueue.messages.errors import Undecodable
from jobqueue.messages.job_id import check_job_id

from .strategies import any_text


@given(any_text)
def test_what_is_accepted_is_kept_as_it_is(text: str) -> None:
    if text and fault_of(text) is None:
        assert check_correlation_id(text) == text
    else:
        with pytest.raises(Undecodable, match="correlation_id: "):
            check_correlation_id(text)


@pytest.mark.parametrize("text", ["order-17", "Grüße", "a b", "x" * MAX_CHARACTERS])
def test_a_printable_id_is_accepted(text: str) -> None:
    assert check_correlation_id(text) == text


@pytest.mark.parametrize(
    "text", ["", "a\nb", "a\x00b", "\x1b[31m", "\u2028", "\ud800", "x" * (MAX_CHARACTERS + 1), None, 17, {}]
)
def test_what_could_forge_a_log_line_is_refused(text: object) -> None:
    with pytest.raises(Undecodable) as refused:
        check_correlation_id(text)
    assert refused.value.reason == "correlation_id"


def test_a_synthetic_id_says_so_and_carries_a_ulid() -> None:
    word, _, ulid = synthetic_correlation_id().partition("-")
    assert word == "synthetic"
    assert check_job_id(ulid)
    assert check_correlation_id(synthetic_correlation_id())
