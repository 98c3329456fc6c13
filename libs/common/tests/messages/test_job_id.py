from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from jobqueue.messages.errors import Undecodable
from jobqueue.messages.job_id import AHEAD_MS, EARLIEST_MS, check_job_id, derive_job_id, job_log_stream, new_job_id

NOW_MS = 1_767_225_600_000
sent = st.integers(EARLIEST_MS, NOW_MS)


def _accepted(text: str) -> str | None:
    try:
        return check_job_id(text, now_ms=NOW_MS)
    except Undecodable:
        return None


ids = st.builds(
    lambda ms, tail: str(ULID.from_bytes(ms.to_bytes(6, "big") + tail)), sent, st.binary(min_size=10, max_size=10)
)


@given(st.text(max_size=80), st.uuids().map(str), sent)
def test_a_derived_job_id_can_always_be_trusted(queue: str, message_id: str, sent_ms: int) -> None:
    job_id = derive_job_id(queue, message_id, sent_ms)
    assert check_job_id(job_id, now_ms=sent_ms) == job_id
    assert ULID.from_str(job_id).milliseconds == sent_ms


def test_a_derived_job_id_never_changes() -> None:
    # Another hash, in a later version, would give a redelivered trigger a second job id in every rolling deployment.
    job_id = derive_job_id("triggers", "5fea7756-0ea4-451a-a703-a558b933e274", NOW_MS)
    assert job_id == "01KDVDNA00X7SG5ZY48H5AFWEH"


@given(st.uuids().map(str), st.uuids().map(str), sent)
def test_two_messages_of_the_same_millisecond_have_two_job_ids(one: str, other: str, sent_ms: int) -> None:
    assert (derive_job_id("triggers", one, sent_ms) == derive_job_id("triggers", other, sent_ms)) == (one == other)


def test_the_same_message_id_in_two_queues_gives_two_job_ids() -> None:
    assert derive_job_id("triggers", "m-1", NOW_MS) != derive_job_id("others", "m-1", NOW_MS)


def test_a_new_job_id_can_be_trusted() -> None:
    job_id = new_job_id()
    assert check_job_id(job_id) == job_id


@given(
    st.text(st.characters(exclude_categories=()), max_size=30)
    | st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26)
)
def test_what_is_accepted_is_a_ulid_with_a_plausible_time(text: str) -> None:
    job_id = _accepted(text)
    if job_id is None:
        return
    assert str(ULID.from_str(job_id)) == job_id
    assert EARLIEST_MS <= ULID.from_str(job_id).milliseconds <= NOW_MS + AHEAD_MS


@given(ids)
def test_a_job_id_is_accepted_and_its_lower_case_is_not(job_id: str) -> None:
    assert check_job_id(job_id, now_ms=NOW_MS) == job_id
    with pytest.raises(Undecodable):
        check_job_id(job_id.lower(), now_ms=NOW_MS)


@pytest.mark.parametrize(
    "text",
    [
        "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",  # the largest ULID there is: the year 10889
        "ZZZZZZZZZZZZZZZZZZZZZZZZZZ",  # 130 bits: no ULID
        "81KDV9WE0000000000000000AA",  # 129 bits
        "01DXF6DT000000000000000000"[:25],  # too short
        "01KDV9WE0000000000000000AAA",  # too long
        "01KDV9WE0000000000000000AI",  # I, L, O and U are not in the alphabet
        "01KDV9WE0000000000000000A\n",
        "01KDV9WE000000000000000\u0661\u0661\u0661",  # digits elsewhere
        "",
        None,
        17,
        ["01KDV9WE0000000000000000AA"],
    ],
)
def test_what_is_no_upper_case_ulid_is_refused(text: object) -> None:
    with pytest.raises(Undecodable) as refused:
        check_job_id(text, now_ms=NOW_MS)
    assert refused.value.reason == "job_id"


def _at(ms: int) -> str:
    return derive_job_id("triggers", "m-1", ms)


def test_the_time_inside_may_lie_up_to_a_day_ahead_and_back_to_2020() -> None:
    for ms in (EARLIEST_MS, NOW_MS, NOW_MS + AHEAD_MS):
        assert check_job_id(_at(ms), now_ms=NOW_MS)
    for ms in (EARLIEST_MS - 1, NOW_MS + AHEAD_MS + 1):
        with pytest.raises(Undecodable):
            check_job_id(_at(ms), now_ms=NOW_MS)


def test_without_a_given_time_the_machines_clock_decides() -> None:
    tomorrow_and_more = datetime.now(UTC) + timedelta(days=1, minutes=1)
    with pytest.raises(Undecodable):
        check_job_id(_at(int(tomorrow_and_more.timestamp() * 1000)))


@given(ids)
def test_the_log_streams_date_is_the_ids_own(job_id: str) -> None:
    assert job_log_stream(job_id) == f"job-streams/{ULID.from_str(job_id).datetime:%Y-%m-%d}/{job_id}"


def test_the_log_streams_date_turns_at_midnight_utc() -> None:
    assert job_log_stream(_at(NOW_MS - 1)).startswith("job-streams/2025-12-31/")
    assert job_log_stream(_at(NOW_MS)).startswith("job-streams/2026-01-01/")
