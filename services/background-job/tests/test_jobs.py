"""The background job as a whole: its table on the real consumer, over an in-memory queue."""

from __future__ import annotations

import pytest

from background_job.jobs import catalogue
from jobqueue.testing import InMemoryJobRecords, InMemoryQueue, drain, put_job


@pytest.fixture
def queue() -> InMemoryQueue:
    return InMemoryQueue("background-jobs")


def test_the_default_job_takes_up_what_the_main_job_found(queue: InMemoryQueue) -> None:
    put_job(queue, "main-job-processing", main_job_result={"userId": "test123", "action": "process_data"})
    drained = drain(catalogue, queue)
    assert drained.outcomes == ["done"]
    assert drained.completions == [{"fields": 2}]
    assert drained.logged == ["processing the main job's result"]


def test_a_main_job_without_a_result_is_no_failure(queue: InMemoryQueue) -> None:
    put_job(queue, "main-job-processing", main_job_result=None)
    assert drain(catalogue, queue).completions == [{"fields": 0}]


def test_the_story_of_a_job_is_under_its_own_id(queue: InMemoryQueue) -> None:
    job_id = put_job(queue, "main-job-processing")
    drained = drain(catalogue, queue)
    assert drained.job_logs.messages(job_id) == ["started, attempt 1", "processing the main job's result", "completed"]


def test_a_simulated_job_reports_its_progress(queue: InMemoryQueue) -> None:
    put_job(queue, "simulate", {"steps": 3})
    drained = drain(catalogue, queue)
    assert drained.logged == ["progress"] * 3
    assert drained.completions == [{"steps": 3}]


@pytest.mark.parametrize(("remembered", "taken"), [(True, 3), (False, 6)])
def test_steps_that_are_remembered_are_taken_once(queue: InMemoryQueue, remembered: bool, taken: int) -> None:
    put_job(queue, "simulate", {"steps": 3, "remembered": remembered, "end": "fail_once"})
    drained = drain(catalogue, queue, records=InMemoryJobRecords())
    assert (drained.logged, drained.outcomes) == (["progress"] * taken, ["retry", "done"])


def test_a_simulated_batch_is_joined_by_a_job_that_logs_what_became_of_it(queue: InMemoryQueue) -> None:
    put_job(queue, "simulate", {"jobs": 3})
    drained = drain(catalogue, queue, next_jobs=queue, records=InMemoryJobRecords())
    assert drained.outcomes == ["done"] * 5
    assert [line for line in drained.logged if line != "progress"] == ["batch queued", "the batch is over"]


@pytest.mark.parametrize(
    ("end", "outcomes"),
    [
        ("complete", ["done"]),
        ("fail_once", ["retry", "done"]),
        ("retry_once", ["retry", "done"]),
        ("reject", ["reject"]),
        ("fail", ["retry"] * 4 + ["reject"]),
    ],
)
def test_a_simulated_job_ends_as_it_is_told(queue: InMemoryQueue, end: str, outcomes: list[str]) -> None:
    put_job(queue, "simulate", {"end": end})
    assert drain(catalogue, queue).outcomes == outcomes


def test_a_job_that_fails_at_every_attempt_is_dead_lettered_with_its_last_error(queue: InMemoryQueue) -> None:
    put_job(queue, "simulate", {"end": "fail"})
    [letter] = drain(catalogue, queue).dead_letters
    assert (letter.reason, letter.error) == ("attempts_exhausted", "told to fail")


def test_a_payload_that_does_not_fit_is_rejected_with_the_place_named(queue: InMemoryQueue) -> None:
    put_job(queue, "simulate", {"end": "explode"})
    [letter] = drain(catalogue, queue).dead_letters
    assert letter.reason == "wrong_schema"
    assert "$.end" in letter.error


def test_a_job_type_of_a_newer_worker_is_left_to_it_for_as_long_as_the_queue_allows(queue: InMemoryQueue) -> None:
    put_job(queue, "not-yet-known")
    drained = drain(catalogue, queue)
    assert drained.outcomes == ["retry"] * 8 + ["reject"]
    assert [letter.reason for letter in drained.dead_letters] == ["unsupported"]
