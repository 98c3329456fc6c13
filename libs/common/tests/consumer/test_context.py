"""What a handler knows of its job, and what it can do with it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from jobqueue.consumer import Context, RejectJob, RetryJob
from jobqueue.consumer import context as module
from jobqueue.messages.envelope import read_envelope
from jobqueue.messages.job import Job
from jobqueue.testing import InMemoryQueue, InMemorySender, RecordingJobLogs

from .executing import doing
from .workbench import a_delivery, a_job, a_job_id

HEADERS = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEND_PAUSES_SECONDS", (0.0, 0.0, 0.0))


@pytest.fixture
def queue() -> InMemoryQueue:
    return InMemoryQueue("background-jobs")


@pytest.fixture
def sender(queue: InMemoryQueue) -> InMemorySender:
    return InMemorySender(queue, most_bytes=5_000)


def a_context(sender: InMemorySender | None, job_id: str | None = None) -> Context:
    body: dict[str, Any] = {"trigger": "test", "data": {"a": 1}}
    job = Job(job_id or a_job_id(), "order-17", "test", {"a": 1}, body, body)

    def headers(destination: str, job: Job) -> Mapping[str, str]:
        return HEADERS

    return Context(
        job,
        a_delivery(receive_count=3),
        log=RecordingJobLogs().open(job, 3),
        sender=sender,
        headers=headers,
        deadline=time.monotonic() + 60,
        stopping=lambda: False,
    )


def test_it_tells_the_job_s_ids_its_attempt_and_the_time_that_is_left(sender: InMemorySender) -> None:
    job_id = a_job_id()
    context = a_context(sender, job_id)
    assert (context.job_id, context.correlation_id, context.attempt) == (job_id, "order-17", 3)
    assert 59 < context.remaining_seconds <= 60
    assert not context.should_stop


def test_a_job_should_stop_when_it_is_late_or_its_lease_is_lost(sender: InMemorySender) -> None:
    for flag in ("timed_out", "lease_lost"):
        context = a_context(sender)
        setattr(context, flag, True)
        assert context.should_stop


def test_a_further_job_carries_the_same_trigger_correlation_and_trace(
    sender: InMemorySender, queue: InMemoryQueue
) -> None:
    job_id = a_context(sender).send_job("send-report", {"pages": 3})
    [delivery] = queue.receive(10, 0)
    job = read_envelope(delivery)
    assert (job.job_id, job.type, job.correlation_id) == (job_id, "send-report", "order-17")
    assert job.data == {"originalTrigger": {"trigger": "test", "data": {"a": 1}}, "mainJobResult": {"pages": 3}}
    assert delivery.text("traceparent") == HEADERS["traceparent"]


def test_further_jobs_have_ids_of_their_own_and_a_repeated_attempt_the_same_ones(sender: InMemorySender) -> None:
    job_id = a_job_id()
    first, again = a_context(sender, job_id), a_context(sender, job_id)
    ids = [first.send_job("work") for _ in range(3)]
    assert len({job_id, *ids}) == 4
    assert [again.send_job("work") for _ in range(3)] == ids
    assert a_context(sender).send_job("work") not in ids


def test_a_further_job_that_is_too_large_is_a_reject_and_nothing_is_sent(
    sender: InMemorySender, queue: InMemoryQueue
) -> None:
    with pytest.raises(RejectJob) as rejected:
        a_context(sender).send_job("work", {"much": "x" * 6_000})
    assert rejected.value.reason == "too_large"
    assert len(queue) == 0


def test_a_further_job_is_tried_three_times_under_the_same_id(sender: InMemorySender, queue: InMemoryQueue) -> None:
    sender.faults.fail("send")
    sender.faults.fail_entries("send", 0)
    job_id = a_context(sender).send_job("work")
    [kept] = queue.kept()
    assert json.loads(kept.body)["jobId"] == job_id


def test_a_further_job_that_is_never_confirmed_has_this_one_tried_again(sender: InMemorySender) -> None:
    sender.faults.fail("send", times=3)
    with pytest.raises(RetryJob):
        a_context(sender).send_job("work")


def test_a_further_job_that_its_queue_refuses_for_good_is_a_reject(sender: InMemorySender) -> None:
    sender.faults.fail_entries("send", 0, code="InvalidMessageContents", gone=True)
    with pytest.raises(RejectJob) as rejected:
        a_context(sender).send_job("work")
    assert rejected.value.reason == "unsendable"
    assert sender.calls["send"] == 1


def test_a_service_without_a_next_queue_says_so() -> None:
    with pytest.raises(RuntimeError, match="without a queue"):
        a_context(None).send_job("work")


def test_steps_and_completion_are_written_with_their_fields() -> None:
    def handler(data: dict[str, Any], context: Context) -> None:
        context.log.debug("a detail")
        context.log.info("a step", message="a field may have any name", name="x", level=3)
        context.log.warning("odd")
        context.log.error("wrong")
        context.log.progress(1, 4)
        context.complete(pages=3)
        context.complete(size=9)

    executing = doing(handler)
    executing.outcome_of(a_delivery(a_job(), receive_count=2))
    events = executing.logs.events.all()
    assert [(event.level, event.message) for event in events] == [
        ("INFO", "started, attempt 2"),
        ("DEBUG", "a detail"),
        ("INFO", "a step"),
        ("WARNING", "odd"),
        ("ERROR", "wrong"),
        ("INFO", "progress"),
        ("INFO", "completed"),
        ("finish", ""),
    ]
    assert events[2].fields == {"message": "a field may have any name", "name": "x", "level": 3}
    assert events[5].fields == {"event": "job.progress", "done": 1, "total": 4}
    assert (events[6].fields["pages"], events[6].fields["size"]) == (3, 9)
