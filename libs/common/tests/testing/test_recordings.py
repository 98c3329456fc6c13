from __future__ import annotations

from threading import Thread

import pytest

from jobqueue.consumer.ports import Attempt, Heartbeat, JobLog, JobLogs, Observer, TaskProtection
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.job import Job
from jobqueue.messages.outcome import Done
from jobqueue.testing import RecordingHeartbeat, RecordingJobLogs, RecordingObserver, RecordingTaskProtection

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
JOB = Job(job_id="J1", correlation_id="c", type="test", data={}, body={})
OTHER = Job(job_id="J2", correlation_id="c", type="test", data={}, body={})
DELIVERY = Delivery("jobs", "m", "r", "{}", 1, 0, 0.0, 0)


def test_they_implement_the_ports() -> None:
    observer: Observer = RecordingObserver()
    attempt: Attempt = RecordingObserver().attempt(DELIVERY, JOB, known_type=True)
    logs: JobLogs = RecordingJobLogs()
    log: JobLog = RecordingJobLogs().open(JOB, 1)
    protection: TaskProtection = RecordingTaskProtection()
    heartbeat: Heartbeat = RecordingHeartbeat()
    assert all((observer, attempt, logs, log, protection, heartbeat))


def test_an_observer_tells_what_it_heard_in_order() -> None:
    observer = RecordingObserver()
    with observer.attempt(DELIVERY, JOB, known_type=True) as attempt:
        attempt.ended(Done(), None, 0.5)
    observer.settled(DELIVERY, Done(), 1.0)
    assert [fact.what for fact in observer.facts.all()] == ["attempt", "entered", "ended", "left", "settled"]
    (ended,) = observer.named("ended")
    assert (ended.job, ended.outcome, ended.seconds) == (JOB, Done(), 0.5)


def test_an_attempt_continues_the_trace_of_its_delivery() -> None:
    delivery = Delivery("jobs", "m", "r", "{}", 1, 0, 0.0, 0, {"traceparent": Attribute(TRACEPARENT)})
    observer = RecordingObserver()
    attempt = observer.attempt(delivery, JOB, known_type=True)
    assert attempt.trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert attempt.headers_for("next", JOB) == {"traceparent": f"00-{attempt.trace_id}-{attempt.span_id}-01"}
    assert observer.attempt(DELIVERY, JOB, known_type=True).trace_id != attempt.trace_id


def test_a_wait_ends_when_another_thread_reports() -> None:
    observer = RecordingObserver()
    Thread(target=lambda: observer.poll_failed("RequestThrottled"), daemon=True).start()
    (fact,) = observer.wait_for_count("poll_failed")
    assert fact.code == "RequestThrottled"


def test_a_wait_in_vain_shows_what_was_heard() -> None:
    observer = RecordingObserver()
    observer.drained(1.5, 2)
    with pytest.raises(TimeoutError, match="drained"):
        observer.wait_for_count("settled", timeout=0.01)


def test_an_observer_reads_the_gauges_it_was_given() -> None:
    observer = RecordingObserver()
    assert observer.slots_in_use() == 0
    observer.watch(slots_in_use=lambda: 3, slots_stuck=lambda: 1)
    assert (observer.slots_in_use(), observer.slots_stuck()) == (3, 1)


def test_job_logs_confirm_at_once_by_default() -> None:
    logs, confirmed = RecordingJobLogs(), []
    log = logs.open(JOB, 2)
    log.write("INFO", "began", {"step": 1})
    log.finish(lambda: confirmed.append("J1"))
    assert confirmed == ["J1"]
    assert logs.messages("J1") == ["began"]
    assert [(event.attempt, event.level) for event in logs.events.all()] == [(2, "INFO"), (2, "finish")]


def test_held_job_logs_are_confirmed_by_the_test_once_each() -> None:
    logs, confirmed = RecordingJobLogs(), []
    logs.hold()
    logs.open(JOB, 1).finish(lambda: confirmed.append("J1"))
    logs.open(OTHER, 1).finish(lambda: confirmed.append("J2"))
    assert confirmed == []
    assert logs.confirm("J2") == 1
    assert confirmed == ["J2"]
    assert (logs.confirm(), logs.confirm()) == (1, 0)
    assert confirmed == ["J2", "J1"]


def test_a_flush_gives_up_what_is_held_and_holds_nothing_more() -> None:
    logs, confirmed = RecordingJobLogs(), []
    logs.hold()
    logs.open(JOB, 1).finish(lambda: confirmed.append("held"))
    logs.flush(3.0)
    logs.open(JOB, 1).finish(lambda: confirmed.append("later"))
    assert confirmed == ["held", "later"]
    assert logs.flushes.all() == [3.0]


def test_protection_is_wanted_until_it_is_released() -> None:
    protection = RecordingTaskProtection()
    assert not protection.wanted
    protection.protect()
    assert protection.wanted
    protection.release()
    assert not protection.wanted
    protection.close(1)
    assert protection.calls.all() == ["protect", "release", "close"]


def test_beats_are_counted_and_awaited() -> None:
    beats = RecordingHeartbeat()
    beats.beat()
    Thread(target=beats.beat, daemon=True).start()
    beats.wait_for_count(2)
    assert beats.count == 2
    with pytest.raises(TimeoutError):
        beats.wait_for_count(3, timeout=0.01)
