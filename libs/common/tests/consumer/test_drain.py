"""`jobqueue.testing.drain`: what services test their jobs with is tested itself."""

from __future__ import annotations

import threading
from threading import Event
from typing import Any

import pytest

from jobqueue import Context, JobCatalogue, RetryJob, Routes, TriggerCatalogue
from jobqueue.testing import InMemoryQueue, drain, put_job, put_trigger

from .executing import failing
from .workbench import WAIT_SECONDS, quick


def count(data: dict[str, Any], context: Context) -> None:
    context.log.info("counting")
    context.complete(found=len(data))


def test_a_job_that_is_put_is_done_and_what_it_said_can_be_read() -> None:
    queue = InMemoryQueue()
    job_id = put_job(queue, "count", {"a": 1, "b": 2})
    drained = drain(JobCatalogue({"count": count}), queue)
    assert drained.outcomes == ["done"]
    assert drained.completions == [{"found": 2}]
    assert drained.logged == ["counting"]
    assert drained.job_logs.messages(job_id) == ["started, attempt 1", "counting", "completed"]
    assert len(queue) == 0


def test_both_services_can_be_drained_one_after_the_other() -> None:
    triggers, jobs = InMemoryQueue("triggers"), InMemoryQueue("jobs")
    for number in range(25):
        put_trigger(triggers, "test", {str(name): 0 for name in range(number)}, jobType="count")
    first = drain(TriggerCatalogue({}, default=lambda data, context: None), triggers, next_jobs=jobs)
    assert len(first.sent) == 25
    second = drain(JobCatalogue({"count": count}), jobs)
    assert sorted(str(one["found"]) for one in second.completions) == sorted(str(number) for number in range(25))


@pytest.mark.parametrize("after_seconds", [0, 43_200])
def test_a_retry_comes_again_at_once_however_long_its_delay(after_seconds: float) -> None:
    def twice(data: dict[str, Any], context: Context) -> None:
        if context.attempt < 3:
            raise RetryJob(after_seconds=after_seconds)
        context.complete(tries=context.attempt)

    queue = InMemoryQueue()
    put_job(queue, "work")
    drained = drain(JobCatalogue({"work": twice}), queue)
    assert drained.outcomes == ["retry", "retry", "done"]
    assert drained.completions == [{"tries": 3}]


def test_dead_letters_go_to_the_queue_s_own_and_say_why() -> None:
    dead = InMemoryQueue("dead")
    queue = InMemoryQueue(dead_letters=dead)
    put_job(queue, "work")
    drained = drain(JobCatalogue({"work": failing(ValueError("no luck"))}), queue, policy=quick(max_attempts=2))
    assert len(dead) == 1
    [letter] = drained.dead_letters
    assert (letter.reason, letter.error) == ("attempts_exhausted", "no luck")
    assert drained.outcomes == ["retry", "reject"]


def test_a_queue_can_be_filled_and_drained_again() -> None:
    queue = InMemoryQueue()
    catalogue = JobCatalogue({"count": count})
    for _ in range(3):
        put_job(queue, "count")
        assert drain(catalogue, queue).outcomes == ["done"]


def test_a_service_that_sends_to_its_own_queue_is_drained_to_the_last_of_its_jobs() -> None:
    def down(data: dict[str, Any], context: Context) -> None:
        for _ in range(data["left"]):
            context.send_job("down", {"left": data["left"] - 1}, delay_seconds=60)

    queue = InMemoryQueue()
    put_job(queue, "down", {"left": 3})
    drained = drain(JobCatalogue({"down": down}), queue, next_jobs=queue)
    assert sorted(one["data"]["left"] for one in drained.sent) == [0] * 6 + [1] * 6 + [2] * 3
    assert {message.delay_seconds for _, message in drained.sent_messages.all()} == {60}
    assert drained.outcomes == ["done"] * 16


def test_a_trigger_s_job_and_those_that_its_handler_sends_go_where_routes_say() -> None:
    def report(data: dict[str, Any], context: Context) -> None:
        context.send_job("send-report", {"by": "the handler"})
        context.send_job("count", {})

    triggers = InMemoryQueue("triggers")
    put_trigger(triggers, "test", jobType="send-report")
    put_trigger(triggers, "test", jobType="count")
    routes = Routes({"send-report": "report-jobs"}, default="background-jobs")
    drained = drain(TriggerCatalogue({}, default=report, routes=routes), triggers)
    sent = {queue: sorted(job["jobType"] for job in drained.sent_to(queue)) for queue in drained.queues}
    assert sent == {"report-jobs": ["send-report"] * 3, "background-jobs": ["count"] * 3}
    assert drained.next_jobs is drained.queues["background-jobs"]
    done = drain(JobCatalogue({"send-report": count}), drained.queues["report-jobs"])
    assert done.outcomes == ["done"] * 3


def test_a_route_to_the_queue_that_is_drained_ends_with_the_jobs_sent_there() -> None:
    def split(data: dict[str, Any], context: Context) -> None:
        context.send_job("count", data)
        context.send_job("send-report", data)

    queue = InMemoryQueue("background-jobs")
    put_job(queue, "split", {"a": 1})
    routes = Routes({"send-report": "report-jobs"}, default="background-jobs")
    drained = drain(JobCatalogue({"split": split, "count": count}, routes=routes), queue)
    assert sorted(drained.completions, key=len) == [{}, {"found": 1}]  # the first may end behind what it sent
    assert [job["jobType"] for job in drained.sent_to("report-jobs")] == ["send-report"]


def test_an_empty_queue_is_drained_at_once() -> None:
    assert drain(JobCatalogue({}), InMemoryQueue()).outcomes == []


def test_a_handler_that_hangs_is_a_timeout_and_not_a_test_that_never_ends() -> None:
    go_on = Event()

    def hang(data: dict[str, Any], context: Context) -> None:
        go_on.wait(WAIT_SECONDS)

    queue = InMemoryQueue()
    put_job(queue, "hang")
    with pytest.raises(TimeoutError):
        drain(JobCatalogue({"hang": hang}), queue, seconds=0.05)
    go_on.set()


def test_no_thread_is_left_behind() -> None:
    async def soon(data: dict[str, Any], context: Context) -> None:
        """Needs the event loop's thread."""

    before = set(threading.enumerate())
    queue = InMemoryQueue()
    for _ in range(30):
        put_job(queue, "soon")
    drain(JobCatalogue({"soon": soon}), queue)
    for thread in set(threading.enumerate()) - before:
        thread.join(WAIT_SECONDS)
        assert not thread.is_alive(), thread.name
