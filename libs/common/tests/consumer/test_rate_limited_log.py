"""Something fails a thousand times: it is said once a minute."""

from __future__ import annotations

import logging

import pytest

from jobqueue.consumer import rate_limited_log
from jobqueue.consumer.rate_limited_log import MAX_KIND_CHARACTERS, MAX_KINDS, RateLimitedLog


def test_each_kind_of_trouble_is_said_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    rare = RateLimitedLog(logging.getLogger("jobqueue"))
    for number in range(1_000):
        rare.warning("delete", f"delete {number} failed")
    rare.warning("send", "send failed")
    assert [record.getMessage() for record in caplog.records] == ["delete 0 failed", "send failed"]


def test_the_next_line_says_how_many_were_left_out(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    rare = RateLimitedLog(logging.getLogger("jobqueue"))
    for number in range(3):
        rare.warning("delete", f"delete {number} failed")
    monkeypatch.setattr(rate_limited_log, "EVERY_SECONDS", 0.0)
    rare.warning("delete", "delete 3 failed")
    rare.warning("delete", "delete 4 failed")
    assert [record.getMessage() for record in caplog.records] == [
        "delete 0 failed",
        "delete 3 failed (2 more like it since the last line)",
        "delete 4 failed",
    ]


def test_kinds_that_hold_words_from_outside_do_not_add_up(caplog: pytest.LogCaptureFixture) -> None:
    rare = RateLimitedLog(logging.getLogger("jobqueue"))
    for number in range(MAX_KINDS + 50):
        rare.warning(f"{number} {'x' * 1_000}", "failed")

    assert len(caplog.records) == len(rare._logged_at) == MAX_KINDS + 1
    assert max(map(len, rare._logged_at)) == MAX_KIND_CHARACTERS


def test_a_finalizer_that_interrupts_it_waits_for_no_lock(caplog: pytest.LogCaptureFixture) -> None:
    rare = RateLimitedLog(logging.getLogger("jobqueue"), now=lambda: 0.0)
    with rare._lock:
        rare.warning("send", "send failed")
    assert [record.getMessage() for record in caplog.records] == ["send failed"]
