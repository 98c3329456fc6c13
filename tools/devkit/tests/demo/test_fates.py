"""The fate of each trigger, as the evidence supports it."""

from __future__ import annotations

import pytest

from devkit.demo.fates import SentTrigger, differing, fates_of
from jobctl.queries.dead_letter import DeadLetter
from jobctl.queries.job_state import JobState
from jobqueue.consumer.job_records import JobRecord, Key, Status
from jobqueue.messages.dead_letter import REASON, RECEIVE_COUNT, TRACE_ID
from jobqueue.messages.delivery import Attribute, Delivery

NOW_MS = 1_800_000_000_000
JOB = "01K0000000000000000000000A"
TRIGGER = SentTrigger(1, "test", "m-1", JOB, "t-1", sent_ms=1_000)


def letter(reason: str, receives: int, **stated: str) -> DeadLetter:
    texts = {REASON: reason, RECEIVE_COUNT: str(receives), **stated}
    attributes = {name: Attribute(text) for name, text in texts.items()}
    return DeadLetter(Delivery("jobs", "m-9", "r", "{", 1, NOW_MS, 0.0, NOW_MS, attributes), "jobs-dlq")


def story(*, completed_ms: int | None, attempts: int = 1, job_id: str = JOB, correlation_id: str = "c") -> JobState:
    status = "running" if completed_ms is None else "completed"
    return JobState(job_id, "simulate", correlation_id, status, attempts, 1, completed_ms or 1, "", "", "")


def test_a_trigger_whose_job_completed_is_completed_with_its_attempts_and_seconds() -> None:
    [fate] = fates_of([TRIGGER], [story(completed_ms=3_500, attempts=2)], [], ())
    assert (fate.word, fate.attempts, fate.seconds, fate.job_id) == ("completed", 2, 2.5, JOB)


def test_a_trigger_without_a_chosen_job_id_is_found_by_its_message_id() -> None:
    nameless = SentTrigger(1, "test", "m-1", "", "t-1", sent_ms=0)
    [fate] = fates_of([nameless], [story(completed_ms=1, job_id="DERIVED", correlation_id="m-1")], [], ())
    assert (fate.word, fate.job_id) == ("completed", "DERIVED")


def test_a_job_that_failed_to_the_end_is_a_dead_letter_with_its_reason() -> None:
    [fate] = fates_of(
        [TRIGGER], [story(completed_ms=None, attempts=5)], [letter("attempts_exhausted", 5, jobId=JOB)], ()
    )
    assert (fate.word, fate.reason, fate.attempts) == ("dead letter", "attempts_exhausted", 5)


def test_a_dead_letter_without_a_job_id_is_found_by_its_trace() -> None:
    [fate] = fates_of([TRIGGER], [], [letter("malformed_json", 1, **{TRACE_ID: "t-1"})], ())
    assert fate.word == "dead letter"


def test_two_letters_without_trace_and_job_id_belong_to_nobody() -> None:
    nameless = SentTrigger(1, "test", "m-1", "", "t-1", sent_ms=0)
    nobody_s = letter("malformed_json", 1)
    assert fates_of([nameless], [], [nobody_s, nobody_s], ())[0].word == "lost"


def test_a_trigger_that_wants_no_job_is_handled_when_its_main_job_is_done() -> None:
    quiet = SentTrigger(1, "test", "m-1", JOB, "t-1", sent_ms=0, wants_job=False)
    assert fates_of([quiet], [], [], {"t-1"})[0].word == "done"
    assert fates_of([quiet], [], [], ())[0].word == "lost"


def test_a_main_job_that_is_done_does_not_account_for_the_job_that_was_asked_for() -> None:
    assert fates_of([TRIGGER], [], [], {"t-1"})[0].word == "lost"


def test_a_job_that_began_and_never_ended_is_lost() -> None:
    assert fates_of([TRIGGER], [story(completed_ms=None)], [], {"t-1"})[0].word == "lost"


@pytest.mark.parametrize(
    ("of_the_job", "status", "agrees"),
    [
        (True, Status.DEAD, True),
        (True, Status.RETRYING, False),
        (True, None, False),
        (False, None, True),
        (False, Status.DEAD, False),
    ],
)
def test_a_dead_job_has_a_dead_record_and_a_dead_trigger_has_none(
    of_the_job: bool, status: Status | None, agrees: bool
) -> None:
    fates = fates_of([TRIGGER], [], [letter("refused", 1, jobId=JOB)], ())
    records = {JOB: JobRecord(key=Key(JOB, "simulate"), type="simulate", status=status)} if status else {}
    assert differing(fates, records, {JOB} if of_the_job else ()) == ([] if agrees else fates)


def test_a_completed_job_has_a_completed_record() -> None:
    [same] = fates_of([TRIGGER], [], [], (), {TRIGGER.trace_id: "01K"})
    assert (same.word, same.job_id, differing([same], {}, set())) == ("duplicate", "01K", [])
    fates = fates_of([TRIGGER], [story(completed_ms=1)], [], ())
    record = JobRecord(key=Key(JOB, "simulate"), type="simulate", status=Status.RUNNING)
    assert differing(fates, {JOB: record}, ()) == fates == differing(fates, {}, ())
