"""What handlers may raise, and what is refused where they raise it."""

from __future__ import annotations

import pickle
from enum import Enum, StrEnum
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobqueue import RejectJob, RetryJob
from jobqueue.messages.errors import MAX_REASON_CHARACTERS


class Why(Enum):
    NO_USER = "no_user"


class Word(StrEnum):
    NO_USER = "no_user"


@pytest.mark.parametrize("reason", [ValueError("x"), None, Why.NO_USER, b"bytes", 409, HTTPStatus.CONFLICT, "", " \n"])
def test_a_reason_that_is_no_word_is_a_mistake_where_it_is_raised(reason: Any) -> None:
    with pytest.raises(TypeError, match="reason"):
        raise RejectJob(reason)


@pytest.mark.parametrize("reason", [409, ValueError("x"), None])
def test_a_retry_s_reason_is_text_too(reason: Any) -> None:
    with pytest.raises(TypeError, match="reason of RetryJob"):
        raise RetryJob(reason)


def test_an_enum_that_is_text_counts_as_its_value() -> None:
    assert type(RejectJob(Word.NO_USER).reason) is str
    assert (RejectJob(Word.NO_USER).reason, str(RejectJob(Word.NO_USER))) == ("no_user", "no_user")


@given(st.text())
def test_of_any_text_a_reason_is_one_short_line_and_the_text_is_kept(said: str) -> None:
    try:
        error = RejectJob(said, "why")
    except TypeError:
        assert not "".join(one for one in said[:MAX_REASON_CHARACTERS] if one.isprintable()).strip()
        return
    assert error.reason.isprintable()
    assert 0 < len(error.reason) <= MAX_REASON_CHARACTERS
    assert str(error) == f"{said}: why"


def test_the_detail_may_be_an_exception() -> None:
    assert str(RejectJob("no_such_user", KeyError("u-1"))) == "no_such_user: 'u-1'"


@pytest.mark.parametrize("seconds", ["60", True, b"1"])
def test_a_delay_that_is_no_number_is_a_mistake_where_it_is_raised(seconds: Any) -> None:
    with pytest.raises(TypeError, match="after_seconds must be a number"):
        RetryJob(after_seconds=seconds)


@pytest.mark.parametrize("seconds", [-1, 43_201, float("nan"), float("inf")])
def test_a_delay_that_sqs_does_not_know_is_refused_where_it_is_asked_for(seconds: float) -> None:
    with pytest.raises(ValueError, match="after_seconds must lie between"):
        RetryJob(after_seconds=seconds)


def test_they_come_out_of_another_process_as_they_were() -> None:
    reject = pickle.loads(pickle.dumps(RejectJob("no_such_user", "u-1")))
    assert (reject.reason, reject.detail, str(reject)) == ("no_such_user", "u-1", "no_such_user: u-1")
    assert pickle.loads(pickle.dumps(RetryJob("later", after_seconds=7))).after_seconds == 7
