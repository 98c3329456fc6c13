"""What a dead letter holds once the worker decided on it, and what it becomes when it is redriven."""

from __future__ import annotations

from jobqueue import RejectJob
from jobqueue.messages.dead_letter import ERROR, ERROR_TYPE, REASON, RECEIVE_COUNT, SERVICE, SURPLUS, TRACE_ID, restored
from jobqueue.messages.delivery import Attribute
from jobqueue.messages.job_id import derive_job_id
from jobqueue.messages.outcome import Reject, Retry

from .executing import doing, failing, fine, letter_of, value
from .workbench import SENT_MS, a_delivery, a_job

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_letter_says_why_who_and_when_and_keeps_the_body() -> None:
    body = a_job()
    delivery = a_delivery(body, receive_count=3, attributes={"traceparent": Attribute(TRACEPARENT)})
    outcome = doing(failing(RejectJob("no_such_user"))).outcome_of(delivery)
    assert isinstance(outcome, Reject)
    assert outcome.letter.body == body
    letter = letter_of(outcome)
    assert value(letter, REASON) == "no_such_user"
    assert value(letter, ERROR_TYPE) == "RejectJob"
    assert value(letter, SERVICE) == "main-job 1.2.3"
    assert value(letter, RECEIVE_COUNT) == "3"
    assert value(letter, TRACE_ID) == TRACEPARENT[3:35]
    assert value(letter, "traceparent") == TRACEPARENT


def test_attributes_beyond_ten_travel_in_one_and_are_restored_by_a_redrive() -> None:
    originals = {f"own{number}": Attribute(str(number)) for number in range(9)} | {
        "raw": Attribute(b"\x00\xff", "Binary")
    }
    executing = doing(failing(RejectJob("x", "first")))
    first = letter_of(executing.outcome_of(a_delivery(a_job(), attributes=originals)))
    assert len(first) == 10
    assert SURPLUS in first
    back = restored(first)
    assert {name: back[name] for name in originals} == originals

    again = letter_of(executing.outcome_of(a_delivery(a_job(), attributes=dict(first))))
    assert len(again) == 10
    assert restored(again) == back


def test_a_letter_about_an_unreadable_message_names_the_id_that_its_redrive_will_have() -> None:
    letter = letter_of(doing(fine).outcome_of(a_delivery("{")))
    assert value(letter, "jobId") == derive_job_id("jobs", "m-1", SENT_MS)


def test_a_message_that_has_no_room_for_our_words_goes_as_it_came() -> None:
    body = "x" * 1_000
    outcome = doing(fine, max_bytes=1_010).outcome_of(a_delivery(body))
    assert isinstance(outcome, Reject)
    assert outcome.letter.body == body
    assert outcome.letter.attributes == {}


def test_a_message_that_can_never_fit_is_left_to_the_queue_s_own_redrive() -> None:
    assert doing(fine, max_bytes=500).outcome_of(a_delivery("x" * 1_000)) == Retry(900)


def test_an_error_of_many_lines_and_strange_characters_becomes_a_value_that_sqs_takes() -> None:
    letter = letter_of(doing(failing(RejectJob("x", "line\nline\x00\ud800" + "y" * 5_000))).outcome_of())
    assert len(value(letter, ERROR)) <= 500
    assert value(letter, ERROR).isprintable()
