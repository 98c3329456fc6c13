"""What a handler knows of its job, and what it can do with it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobqueue import Context, RejectJob, RetryJob, forks
from jobqueue.consumer import further_jobs as module
from jobqueue.consumer.routes import Routes, Senders
from jobqueue.messages.dead_letter import REASON
from jobqueue.messages.envelope import read_envelope
from jobqueue.messages.job import Job, Origin
from jobqueue.testing import InMemoryQueue, InMemorySender, RecordingJobLogs

from .executing import doing, letter_of, value
from .workbench import WAIT_SECONDS, a_delivery, a_job, a_job_id

HEADERS = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSES_SECONDS", (0.0, 0.0, 0.0))


@pytest.fixture
def queue() -> InMemoryQueue:
    return InMemoryQueue("background-jobs")


@pytest.fixture
def sender(queue: InMemoryQueue) -> InMemorySender:
    return InMemorySender(queue, max_bytes=5_000)


def a_context(sender: InMemorySender | None, job_id: str | None = None) -> Context:
    body: dict[str, Any] = {"trigger": "test", "data": {"a": 1}}
    origin = Origin(json.dumps(body), '{"found":3}')
    job = Job(job_id or a_job_id(), "order-17", "test", {"a": 1}, body, lambda: origin)

    def headers(destination: str, job: Job) -> Mapping[str, str]:
        return HEADERS

    return Context(
        job,
        a_delivery(receive_count=3),
        log=RecordingJobLogs().open(job, 3),
        senders=Senders({} if sender is None else {"background-jobs": sender}, Routes(default="background-jobs")),
        headers=headers,
        deadline=time.monotonic() + 60,
        stopping=lambda: False,
        settings=None,
        resources=None,
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


@dataclass(frozen=True)
class Report:
    pages: int


@pytest.mark.parametrize("data", [{"pages": 3}, Report(3)])
def test_a_further_job_has_data_of_its_own_and_the_rest_of_its_parent(
    sender: InMemorySender, queue: InMemoryQueue, data: object
) -> None:
    job_id = a_context(sender).send_job("send-report", data)
    [delivery] = queue.receive(10, 0)
    job = read_envelope(delivery)
    assert (job.job_id, job.type, job.correlation_id, job.version) == (job_id, "send-report", "order-17", 2)
    assert job.data == {"pages": 3}
    assert (job.trigger, job.main_job_result) == ({"trigger": "test", "data": {"a": 1}}, {"found": 3})
    assert delivery.text("traceparent") == HEADERS["traceparent"]


CALLS = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.sampled_from([{}, {"x": 1, "y": 2}, {"y": 2, "x": 1}, {"x": 2}])),
    max_size=8,
)


@given(calls=CALLS)
def test_every_further_job_of_an_attempt_has_an_id_of_its_own_and_a_repeated_attempt_the_same_ones(
    calls: list[tuple[str, dict[str, int]]],
) -> None:
    job_id, sender = a_job_id(), InMemorySender(InMemoryQueue())
    first, again = a_context(sender, job_id), a_context(sender, job_id)
    ids = [first.send_job(job_type, data) for job_type, data in calls]
    assert len({job_id, *ids}) == len(calls) + 1
    assert [again.send_job(job_type, data) for job_type, data in calls] == ids


@given(keys=st.lists(st.text(min_size=1), unique=True, max_size=8), resumed_at=st.integers(0, 8))
def test_an_attempt_that_resumes_at_a_checkpoint_gives_each_key_the_id_that_it_had(
    keys: list[str], resumed_at: int
) -> None:
    job_id, sender = a_job_id(), InMemorySender(InMemoryQueue())
    first, resumed = a_context(sender, job_id), a_context(sender, job_id)
    ids = [first.send_job("page", {"at": time.monotonic()}, key=key) for key in keys]
    rest = [resumed.send_job("page", {"at": time.monotonic()}, key=key) for key in keys[resumed_at:]]
    assert rest == ids[resumed_at:]
    assert len({*ids}) == len(keys)


def test_without_keys_too_a_resumed_attempt_sends_other_pages_under_other_ids(sender: InMemorySender) -> None:
    job_id = a_job_id()
    first = [a_context(sender, job_id).send_job("page", {"number": number}) for number in range(3)]
    assert len({*first}) == 3


def test_a_key_stands_for_one_job_only(sender: InMemorySender, queue: InMemoryQueue) -> None:
    context = a_context(sender)
    job_id = context.send_job("work", {"a": 1}, key="first")
    assert context.send_job("work", {"a": 1}, key="first") == job_id
    assert len(queue) == 1, "it was sent already"
    with pytest.raises(ValueError, match="names another job"):
        context.send_job("work", {"a": 2}, key="first")


def test_a_further_job_may_wait(sender: InMemorySender, queue: InMemoryQueue) -> None:
    a_context(sender).send_job("work", {}, delay_seconds=900)
    assert queue.receive(1, 0) == []


@pytest.mark.parametrize(
    "arguments", [{"delay_seconds": -1}, {"delay_seconds": 901}, {"delay_seconds": 0.5}, {"key": 7}, {"key": ""}]
)
def test_arguments_that_cannot_be_are_refused_where_they_are_given(
    sender: InMemorySender, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments))):
        a_context(sender).send_job("work", {}, **arguments)


@pytest.mark.parametrize("data", [None, [], "x", {"a": {1}}, {"a": float("nan")}, {1: 2}, {"a": "\ud800"}])
def test_data_that_is_no_json_object_is_a_reject_at_the_call(
    sender: InMemorySender, queue: InMemoryQueue, data: object
) -> None:
    with pytest.raises(RejectJob, match="the data of job 'work'") as rejected:
        a_context(sender).send_job("work", data)
    assert rejected.value.reason == "bad_data"
    assert len(queue) == 0


def test_async_handlers_send_without_holding_up_their_event_loop(sender: InMemorySender, queue: InMemoryQueue) -> None:
    """The send is let go by another task of the same loop: were the loop blocked, it would never end."""
    go_on = Event()
    send = sender.send

    def slow(messages: Any) -> Any:
        assert go_on.wait(WAIT_SECONDS)
        return send(messages)

    sender.send = slow  # type: ignore[method-assign]
    context = a_context(sender)

    async def release() -> None:
        go_on.set()

    async def both() -> str:
        job_id, _ = await asyncio.gather(context.asend_job("work", {"a": 1}), release())
        with pytest.raises(RuntimeError, match="asend_job"):
            context.send_job("work", {"a": 2})
        with pytest.raises(RejectJob):
            await context.asend_job("work", {"a": {1}})
        return job_id

    job_id = asyncio.run(both())
    assert [read_envelope(delivery).job_id for delivery in queue.receive(10, 0)] == [job_id]


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
    job_id = a_context(sender).send_job("work", {})
    [kept] = queue.stored()
    assert json.loads(kept.body)["jobId"] == job_id


def test_a_further_job_that_is_never_confirmed_has_this_one_tried_again(sender: InMemorySender) -> None:
    sender.faults.fail("send", times=3)
    context = a_context(sender)
    with pytest.raises(RetryJob):
        context.send_job("work", {})
    assert context.send_job("work", {}) == a_context(sender, context.job_id).send_job("work", {}), (
        "as if it were the first"
    )


def test_a_further_job_that_its_queue_refuses_for_good_is_a_reject(sender: InMemorySender) -> None:
    sender.faults.fail_entries("send", 0, code="InvalidMessageContents", gone=True)
    with pytest.raises(RejectJob) as rejected:
        a_context(sender).send_job("work", {})
    assert rejected.value.reason == "unsendable"
    assert sender.calls["send"] == 1


def test_a_service_without_a_queue_to_send_to_rejects_at_once_and_says_so() -> None:
    outcome = doing(lambda data, context: context.send_job("work", {}), sends=False).outcome_of()
    assert value(letter_of(outcome), REASON) == "no_queue"


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
    assert events[2].fields == {"message_": "a field may have any name", "name": "x", "level_": 3}
    assert events[5].fields == {"event": "job.progress", "done": 1, "total": 4}
    assert (events[6].fields["pages"], events[6].fields["size"]) == (3, 9)


def test_a_forked_child_is_told_that_it_cannot_send(sender: InMemorySender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "_is_child", True)
    with pytest.raises(RuntimeError, match="a forked child cannot send jobs"):
        a_context(sender).send_job("report", {})
