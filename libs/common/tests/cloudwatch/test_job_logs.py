"""A job's log in its own stream: its calls, its order, its content."""

import threading
from datetime import datetime
from typing import Any

import pytest

from jobqueue.messages.job_id import job_log_stream


def test_a_short_job_costs_one_create_and_one_put_both_when_it_ends(new_desk: Any, server: Any, new_job: Any) -> None:
    job = new_job()
    stream = job_log_stream(job.job_id)
    desk = new_desk()
    log = desk.logs.open(job, 1)
    for step in ("started", "step", "completed"):
        log.write("INFO", step)
    assert server.calls == []
    done = threading.Event()
    log.finish(done.set)
    assert done.wait(10)
    assert server.calls == [("CreateLogStream", stream), ("PutLogEvents", stream)]
    assert server.steps(stream) == ["started", "step", "completed"]
    assert desk.undelivered() == []
    assert desk.overflowed.total == desk.lost.total == 0


def test_every_event_has_the_ids_and_a_time_that_its_stream_agrees_with(
    new_desk: Any, server: Any, new_job: Any, new_confirmation: Any
) -> None:
    trace = ""
    desk = new_desk(trace_id=lambda: trace)
    job = new_job(correlation_id="order-7")
    log = desk.logs.open(job, 3)
    log.write("INFO", "before the trace")
    trace = "0af7651916cd43dd8448eb211c80319c"
    log.write("ERROR", "failed", {"event": "job.failed"})
    trace = ""
    log.write("INFO", "after it")
    done = new_confirmation(job)
    log.finish(done)
    done.wait()
    stream = job_log_stream(job.job_id)
    events = server.events(stream)
    ids = {"jobId": job.job_id, "jobType": "resize", "correlationId": "order-7", "attempt": 3}
    assert all(ids.items() <= event.items() for event in events)
    assert [event.get("traceId") for event in events] == [None, "0af7651916cd43dd8448eb211c80319c"] + [
        "0af7651916cd43dd8448eb211c80319c"
    ]
    assert (events[1]["level"], events[1]["event"]) == ("ERROR", "job.failed")
    for kept, event in zip(server.streams[stream], events, strict=True):
        assert round(datetime.fromisoformat(event["timestamp"]).timestamp() * 1000) == kept["timestamp"]


def test_a_retried_job_appends_to_its_stream_with_a_single_call(new_desk: Any, server: Any, new_job: Any) -> None:
    desk, job = new_desk(), new_job()
    stream = job_log_stream(job.job_id)
    desk.run("first", job=job).wait()
    server.calls.clear()
    desk.run("second", job=job, attempt=2).wait()
    assert server.calls == [("PutLogEvents", stream)]
    assert server.steps(stream) == ["first", "second"]


def test_a_later_attempt_whose_stream_was_never_made_makes_it(new_desk: Any, server: Any, new_job: Any) -> None:
    job = new_job()
    new_desk().run("second", job=job, attempt=2).wait()
    assert [operation for operation, _ in server.calls] == ["PutLogEvents", "CreateLogStream", "PutLogEvents"]
    assert server.steps(job_log_stream(job.job_id)) == ["second"]


def test_a_first_attempt_whose_stream_exists_appends(new_desk: Any, server: Any, new_job: Any) -> None:
    desk, job = new_desk(), new_job()
    desk.run("first", job=job).wait()
    desk.run("again", job=job).wait()
    assert server.steps(job_log_stream(job.job_id)) == ["first", "again"]


def test_a_job_that_wrote_nothing_costs_no_call(new_desk: Any, server: Any) -> None:
    new_desk().run().wait()
    assert server.calls == []


def test_a_running_job_ships_what_is_old_enough(
    new_desk: Any, server: Any, new_job: Any, new_confirmation: Any
) -> None:
    desk, job = new_desk(job_log_linger_seconds=0.1), new_job()
    log = desk.logs.open(job, 1)
    log.write("INFO", "one")
    assert [server.next_call()[0] for _ in range(2)] == ["CreateLogStream", "PutLogEvents"]
    done = new_confirmation(job)
    log.write("INFO", "two")
    log.finish(done)
    done.wait()
    assert server.steps(job_log_stream(job.job_id)) == ["one", "two"]


def test_a_running_job_ships_what_is_large_enough(new_desk: Any, server: Any, new_job: Any) -> None:
    desk = new_desk(job_log_batch_bytes=2_000, job_log_linger_seconds=300)
    log = desk.logs.open(new_job(), 1)
    for _ in range(3):
        log.write("INFO", "x" * 600)
    assert [server.next_call()[0] for _ in range(2)] == ["CreateLogStream", "PutLogEvents"]


def test_events_written_while_a_call_is_under_way_follow_it_in_order(
    new_desk: Any, server: Any, answer: Any, new_job: Any, new_confirmation: Any
) -> None:
    released = threading.Event()
    server.will("PutLogEvents", answer(released=released))
    desk, job = new_desk(job_log_batch_bytes=1_024), new_job()
    log = desk.logs.open(job, 1)
    log.write("INFO", "0", {"page": "x" * 2_000})
    assert [server.next_call()[0] for _ in range(2)] == ["CreateLogStream", "PutLogEvents"]
    for number in range(1, 6):
        log.write("INFO", str(number), {"page": "x" * 2_000})
    done = new_confirmation(job)
    log.finish(done)
    assert not done.came
    released.set()
    done.wait()
    assert server.steps(job_log_stream(job.job_id)) == ["0", "1", "2", "3", "4", "5"]
    assert len(server.batches) == 2


def test_an_event_beyond_a_megabyte_arrives_in_parts(new_desk: Any, server: Any, new_job: Any) -> None:
    job = new_job()
    new_desk().run("x" * 1_500_000, "after", job=job).wait()
    events = server.events(job_log_stream(job.job_id))
    assert [event.get("part") for event in events] == [1, 2, 3, 4, None]


def test_throttled_and_failing_calls_are_repeated_in_order(
    new_desk: Any, server: Any, answer: Any, new_job: Any
) -> None:
    server.will("CreateLogStream", answer("ServiceUnavailableException", 503))
    server.will("PutLogEvents", answer("ThrottlingException"))
    desk, job = new_desk(), new_job()
    desk.run("one", "two", job=job).wait()
    assert server.steps(job_log_stream(job.job_id)) == ["one", "two"]
    assert desk.lost.total == desk.overflowed.total == 0


def test_a_put_whose_answer_is_lost_is_repeated_and_may_double_its_events(
    new_desk: Any, server: Any, answer: Any, new_job: Any
) -> None:
    server.will("PutLogEvents", answer(cut=True))
    desk, job = new_desk(), new_job()
    done = desk.run("one", job=job)
    done.wait()
    assert server.steps(job_log_stream(job.job_id)) == ["one", "one"]
    assert done.calls == 1


@pytest.mark.slow
def test_many_jobs_under_faults_are_all_whole_and_confirmed_once(new_desk: Any, server: Any, answer: Any) -> None:
    counter = iter(range(1_000_000))
    faults = [answer("ThrottlingException"), answer("InternalFailure", 500), answer(cut=True)]
    server.choose = lambda operation: faults[n % 3] if (n := next(counter)) % 10 == 0 else None
    desk = new_desk(job_log_shippers=8)
    confirmations = [desk.run("one", "two", "three") for _ in range(25)]
    for confirmation in confirmations:
        confirmation.wait()
    everywhere = [event for stream in server.streams for event in server.events(stream)]
    for confirmation in confirmations:
        steps = [event["message"] for event in everywhere if event["jobId"] == confirmation.job.job_id]
        assert list(dict.fromkeys(steps)) == ["one", "two", "three"]
        assert confirmation.calls == 1
    assert desk.lost.total == 0
