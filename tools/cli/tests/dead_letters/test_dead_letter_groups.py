from __future__ import annotations

import json

from jobctl.queries.dead_letter_groups import LetterSummary, error_shape, group_letters, summary_of
from jobqueue.messages.job_id import new_job_id

from .letters import SENT_MS, delivery, letter, moved


def _found(error: str, *, queue: str = "orders", reason: str = "attempts_exhausted", sent_ms: int = 0) -> LetterSummary:
    return LetterSummary(queue, f"m-{sent_ms}", f"job-{sent_ms}", reason, "api_call", error, sent_ms)


def test_letters_that_differ_in_ids_and_numbers_only_are_one_group_and_its_job_is_the_oldest() -> None:
    letters = [_found(f"order {number} of {new_job_id()} failed", sent_ms=9 - number) for number in range(3)]
    (group,) = group_letters([*letters])

    assert (group.count, group.error, group.job_id) == (3, "order * of * failed", "job-7")
    assert (group.oldest_ms, group.newest_ms) == (7, 9)


def test_groups_differ_by_queue_reason_type_and_error_and_the_largest_comes_first() -> None:
    letters = [_found("a"), _found("b"), _found("b"), _found("b", reason="wrong_schema"), _found("b", queue="another")]

    assert [(group.queue, group.reason, group.error, group.count) for group in group_letters(letters)] == [
        ("another", "attempts_exhausted", "b", 1),
        ("orders", "attempts_exhausted", "b", 2),
        ("orders", "attempts_exhausted", "a", 1),
        ("orders", "wrong_schema", "b", 1),
    ]


def test_words_stay_in_the_shape_of_an_error() -> None:
    assert error_shape("deadbeef00 is no feed, 3.5 s, a3c5e7d9-0000-4000-8000-000000000000") == "* is no feed, * s, *"


def test_what_is_found_of_a_letter_is_what_the_worker_said() -> None:
    original = delivery(json.dumps({"trigger": "api_call", "correlationId": "order-17"}))
    one = letter(original, reason="wrong_schema", error="no customer")

    assert summary_of(one) == LetterSummary(
        original.queue,
        "dead-1",
        moved(original).job_id,
        "wrong_schema",
        "api_call",
        "ValueError: no customer",
        SENT_MS + 5_000,
    )
    assert one.correlation_id == "order-17"
