"""The main job as a whole: its table on the real consumer, over in-memory queues."""

from __future__ import annotations

import json

import pytest

from jobqueue.messages.job_id import derive_job_id
from jobqueue.testing import InMemoryQueue, drain, put_job, put_trigger
from main_job.jobs import catalogue

AS_PRODUCERS_SEND_THEM = {
    "test": '{"trigger":"test","timestamp":"2026-01-01T00:00:00.000Z","triggerBackgroundJob":true}',
    "api_call": (
        '{"trigger":"api_call","timestamp":"2026-01-01T00:00:00.000Z","triggerBackgroundJob":true,'
        '"data":{"userId":"test123","action":"process_data"}}'
    ),
}


@pytest.fixture
def queue() -> InMemoryQueue:
    return InMemoryQueue("triggers")


@pytest.mark.parametrize("body", AS_PRODUCERS_SEND_THEM.values(), ids=AS_PRODUCERS_SEND_THEM.keys())
def test_a_trigger_becomes_one_background_job_that_carries_it(queue: InMemoryQueue, body: str) -> None:
    message_id = queue.put(body)
    [sent_ms] = [kept.sent_ms for kept in queue.stored()]

    drained = drain(catalogue, queue)

    [job] = drained.sent
    assert drained.outcomes == ["done"]
    assert job["jobType"] == "main-job-processing"
    assert job["jobId"] == derive_job_id("triggers", message_id, sent_ms)
    assert job["correlationId"] == message_id
    assert job["data"]["originalTrigger"] == json.loads(body)


def test_an_api_call_hands_on_who_called_and_what_for(queue: InMemoryQueue) -> None:
    put_trigger(queue, "api_call", {"userId": "test123", "action": "process_data"})
    [job] = drain(catalogue, queue).sent
    assert job["data"]["mainJobResult"] == {"userId": "test123", "action": "process_data", "attempt": 1}


def test_any_other_trigger_is_recorded_by_its_names_and_never_its_values(queue: InMemoryQueue) -> None:
    put_trigger(queue, "month_closed", {"month": "2026-01", "customer": "acme"}, jobType="send-report")
    [job] = drain(catalogue, queue).sent
    assert job["jobType"] == "send-report"
    assert job["data"]["mainJobResult"] == {"trigger": "month_closed", "fields": ["customer", "month"]}


def test_a_trigger_that_asks_for_no_background_job_sends_none(queue: InMemoryQueue) -> None:
    put_trigger(queue, "test", triggerBackgroundJob=False)
    drained = drain(catalogue, queue)
    assert drained.outcomes == ["done"]
    assert drained.sent == []


def test_an_api_call_without_its_data_is_rejected_with_the_place_named(queue: InMemoryQueue) -> None:
    put_trigger(queue, "api_call", {"userId": "test123"})
    drained = drain(catalogue, queue)
    [letter] = drained.dead_letters
    assert letter.reason == "wrong_schema"
    assert "action" in letter.error
    assert drained.sent == []


@pytest.mark.parametrize(
    ("body", "reason"), [("{", "malformed_json"), ("[]", "wrong_schema"), ('{"data":{}}', "wrong_schema")]
)
def test_what_is_no_trigger_is_rejected_at_its_first_receive(queue: InMemoryQueue, body: str, reason: str) -> None:
    queue.put(body)
    drained = drain(catalogue, queue)
    assert drained.outcomes == ["reject"]
    assert [letter.reason for letter in drained.dead_letters] == [reason]
    assert [letter.body for letter in drained.dead_letters] == [body]


def test_what_background_jobs_are_tested_with_is_what_this_main_job_sends(queue: InMemoryQueue) -> None:
    data = {"month": "2026-01", "customer": "acme"}
    put_trigger(queue, "test", data, jobType="send-report")
    [sent] = drain(catalogue, queue).sent
    jobs = InMemoryQueue("background-jobs")
    put_job(jobs, "send-report", data)
    [kept] = jobs.stored()
    put = json.loads(kept.body)
    assert put.keys() == sent.keys()
    for name in ("jobType", "version", "data"):
        assert put[name] == sent[name]
