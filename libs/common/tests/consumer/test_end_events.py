"""Ends of jobs are told: after their record and before the delete, once at least, and no job waits for a bus that is away."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from jobqueue import Context, JobCatalogue, RejectJob, RetryJob, TriggerCatalogue
from jobqueue.consumer import end_events
from jobqueue.consumer.end_events import EndEvents
from jobqueue.consumer.job_records import Key, NewJob
from jobqueue.consumer.ports import Failure
from jobqueue.consumer.settle_calls import RecordWrites, Step
from jobqueue.messages.delivery import Attribute
from jobqueue.messages.history import HISTORY, History
from jobqueue.messages.job_end import JobEnd
from jobqueue.messages.job_id import new_job_id
from jobqueue.messages.outcome import Cancelled, Done, Outcome, QueuedJob, Reject, Release, Retry
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.testing import InMemoryEventBus, InMemoryJobRecords, RecordingObserver
from jobqueue.testing.contract.event_bus import END
from jobqueue.testing.recording import Recording

from .workbench import WAIT_SECONDS, HandCranked, Worker, put_jobs, quick

NEXT = OutgoingMessage("{}")


def ends(count: int) -> list[JobEnd]:
    return [replace(END, job_id=f"job-{number}") for number in range(count)]


def told(bus: InMemoryEventBus) -> list[tuple[str, str]]:
    return [(event["detail"]["jobId"], event["detail"]["status"]) for event in bus.events.all()]


# The settler's step


@pytest.mark.parametrize(
    ("outcome", "steps"),
    [
        (Done(end=END), [Step.EVENT, Step.DELETE]),
        (Done(NEXT, end=END), [Step.SEND, Step.EVENT, Step.DELETE]),
        (Reject("r", NEXT, end=END), [Step.DEAD_LETTER, Step.EVENT, Step.DELETE]),
        (Cancelled("c", end=END), [Step.EVENT, Step.DELETE]),
        (Done(), [Step.DELETE]),
        (Retry(1), [Step.CHANGE_VISIBILITY]),
        (Release(copy=NEXT), [Step.RETURN, Step.DELETE]),
    ],
)
@pytest.mark.parametrize("keeps", [False, True])
def test_an_end_is_told_after_its_record_and_before_the_delete(
    outcome: Outcome, steps: list[Step], keeps: bool
) -> None:
    tells: list[JobEnd] = []
    bench = HandCranked(
        records=RecordWrites(end=(lambda ended: [True] * len(ended)) if keeps else None, tell=tells.extend)
    )
    (delivery,) = bench.receive()
    bench.finish(delivery, outcome)
    if keeps:
        place = next(at for at, step in enumerate(steps) if step not in (Step.SEND, Step.DEAD_LETTER))
        steps = [*steps[:place], Step.RECORD, *steps[place:]]
    assert bench.until_quiet() == steps
    assert tells == ([END] if Step.EVENT in steps else [])


def test_ends_are_told_by_tens() -> None:
    calls: list[int] = []
    bench = HandCranked(records=RecordWrites(tell=lambda ends: calls.append(len(ends))))
    for delivery in bench.receive(10):
        bench.settler.finished(delivery, Done(end=END))
    bench.turn()
    assert bench.until_quiet() == [Step.EVENT, Step.DELETE]
    assert calls == [10]


def test_an_end_that_is_another_attempt_s_to_tell_is_not_told() -> None:
    tells: list[JobEnd] = []
    bench = HandCranked(records=RecordWrites(end=lambda ended: [False] * len(ended), tell=tells.extend))
    (delivery,) = bench.receive()
    bench.finish(delivery, Done(end=END))
    assert bench.until_quiet() == [Step.RECORD, Step.DELETE]
    assert not tells


def test_of_a_next_job_that_has_begun_the_end_is_told_all_the_same() -> None:
    tells: list[JobEnd] = []
    bench = HandCranked(records=RecordWrites(lambda job: False, lambda ended: [True] * len(ended), tells.extend))
    (delivery,) = bench.receive()
    bench.finish(delivery, Done(NEXT, queued=QueuedJob("j", "t", "c"), end=END))
    assert bench.until_quiet() == [Step.QUEUED, Step.RECORD, Step.EVENT, Step.DELETE]
    assert tells == [END]


# What the bus does not take


class Hanging(InMemoryEventBus):
    """A bus that answers nothing until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = Event()

    def put(self, ends: Sequence[JobEnd]) -> Sequence[Failure]:
        assert self.answers.wait(WAIT_SECONDS)
        return super().put(ends)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(end_events, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(end_events, "MAX_PAUSE_SECONDS", 0.01)


@contextmanager
def running(bus: InMemoryEventBus) -> Iterator[tuple[EndEvents, RecordingObserver]]:
    observer = RecordingObserver()
    events = EndEvents(bus, observer)
    events.start()
    yield events, observer
    events.close(WAIT_SECONDS)


def test_what_the_bus_refuses_for_now_waits_and_is_told_later() -> None:
    bus = InMemoryEventBus()
    bus.faults.fail("put", times=3, code="ThrottlingException")
    with running(bus) as (events, observer):
        events.tell(ends(3))
        bus.events.wait_for(lambda found: len(found) == 3)
    assert [fact.code for fact in observer.named("settle_failed")] == ["ThrottlingException"] * 3
    assert sum(fact.count for fact in observer.named("events_sent")) == 3
    assert not observer.named("events_lost")


def test_of_a_call_that_failed_in_part_only_the_rest_is_told_again() -> None:
    bus = InMemoryEventBus()
    bus.faults.fail_entries("put", 1, code="InternalFailure")
    with running(bus) as (events, _):
        events.tell(ends(3))
        bus.events.wait_for(lambda found: len(found) == 3)
    assert sorted(job for job, _ in told(bus)) == ["job-0", "job-1", "job-2"]


def test_an_answer_that_is_lost_tells_twice_with_one_id() -> None:
    bus = InMemoryEventBus()
    bus.faults.fail("put", took_effect=True)
    with running(bus) as (events, _):
        events.tell(ends(1))
        found = bus.events.wait_for(lambda found: len(found) == 2)
    assert len({event["detail"]["id"] for event in found}) == 1


def test_what_the_bus_never_takes_is_given_up_counted_and_logged_whole(caplog: pytest.LogCaptureFixture) -> None:
    bus = InMemoryEventBus()
    bus.faults.fail_entries("put", 0, code="MalformedDetail", gone=True)
    with running(bus) as (events, observer):
        events.tell(ends(2))
    assert [job for job, _ in told(bus)] == ["job-1"]
    assert [fact.count for fact in observer.named("events_lost")] == [1]
    (line,) = [record for record in caplog.records if getattr(record, "event", "") == "job.event_lost"]
    assert line.__dict__["jobId"] == "job-0"
    assert line.__dict__["detail"]["id"] == "job-0/report/completed"


def test_while_the_bus_hangs_nobody_waits_for_it() -> None:
    bus = Hanging()
    bus.faults.fail("put", code="TimedOut")
    events = EndEvents(bus, RecordingObserver())  # not started: nothing is tried again
    bus.answers.set()
    events.tell(ends(1))
    bus.answers.clear()
    events.tell([replace(END, job_id="late")])  # returns, or the bus says that it was asked
    bus.answers.set()
    events.start()
    events.close(WAIT_SECONDS)
    assert sorted(job for job, _ in told(bus)) == ["job-0", "late"]


def test_what_is_beyond_the_bound_is_given_up_the_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(end_events, "MAX_WAITING", 15)
    bus, observer = InMemoryEventBus(), RecordingObserver()
    bus.faults.fail("put", times=1)
    events = EndEvents(bus, observer)  # not started: nothing is tried again
    for part in (ends(20)[:10], ends(20)[10:]):
        events.tell(part)
    assert [fact.count for fact in observer.named("events_lost")] == [5]
    events.start()
    events.close(WAIT_SECONDS)
    assert sorted(job for job, _ in told(bus)) == sorted(end.job_id for end in ends(20)[5:])


def test_a_stop_tells_what_waits_and_gives_the_rest_up(caplog: pytest.LogCaptureFixture) -> None:
    bus, observer = Hanging(), RecordingObserver()
    bus.faults.fail("put", times=1)
    events = EndEvents(bus, observer)
    bus.answers.set()
    events.tell(ends(10))
    bus.answers.clear()
    events.tell(ends(3))
    events.start()
    events.close(0.05)
    assert sum(fact.count for fact in observer.named("events_lost")) == 13
    assert sum(getattr(record, "event", "") == "job.event_lost" for record in caplog.records) == 13
    bus.answers.set()


def test_a_bus_that_does_not_exist_is_said_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    said: Recording[str] = Recording()
    monkeypatch.setattr(end_events.logger, "error", lambda text, *args: said.add(text % args))
    bus = InMemoryEventBus("absent")
    bus.missing = True
    with running(bus):
        (line,) = said.wait_for(lambda lines: len(lines) == 1)
    assert "jobs run nevertheless: absent: no such bus" in line


# A whole worker


def handle(data: dict[str, Any], context: Context) -> None:
    if data.get("reject"):
        raise RejectJob(data["reject"])
    if data.get("retry") and context.attempt == 1:
        raise RetryJob(after_seconds=0)


def put(
    worker: Worker,
    job_id: str,
    data: Mapping[str, Any] | None = None,
    job_type: str = "work",
    *,
    late: bool = False,
) -> None:
    """`late`: a copy that was sent long ago."""
    body = {"jobId": job_id, "correlationId": "c-1", "jobType": job_type, "version": 1, "data": data or {}}
    sent = {HISTORY: Attribute(History(message_id="m-1", sent_ms=1).write())}
    worker.queue.put(json.dumps(body), sent if late else None)


def test_each_end_of_a_job_is_an_event_and_what_goes_on_is_none() -> None:
    bus, done, dead, again = InMemoryEventBus(), new_job_id(), new_job_id(), new_job_id()
    with Worker(JobCatalogue({"work": handle}), event_bus=bus) as worker:
        put(worker, done)
        put(worker, dead, {"reject": "too_old"})
        put(worker, again, {"retry": True})
        worker.queue.put("no JSON")
        bus.events.wait_for(lambda found: len(found) == 4)
        assert worker.drained() == 0
    found = {event["detail"]["jobId"]: event["detail"] for event in bus.events.all()}
    assert found[done] | {"endedAt": "", "seconds": 0} == {
        "id": f"{done}/work/completed",
        "jobId": done,
        "correlationId": "c-1",
        "jobType": "work",
        "stage": "work",
        "status": "completed",
        "attempt": 1,
        "endedAt": "",
        "seconds": 0,
        "stack": "test",
    }
    assert (found[dead]["status"], found[dead]["reason"]) == ("dead", "too_old")
    assert (found[again]["status"], found[again]["attempt"]) == ("completed", 2)
    (unread,) = [detail for job, detail in found.items() if job not in (done, dead, again)]
    assert (unread["status"], "jobType" in unread, "seconds" in unread) == ("dead", False, False)


def test_a_trigger_ends_with_its_main_job_in_the_stage_main() -> None:
    bus = InMemoryEventBus()
    with Worker(TriggerCatalogue({}, default=handle), event_bus=bus) as worker:
        worker.queue.put('{"trigger": "go", "jobType": "report"}')
        (event,) = bus.events.wait_for(lambda found: len(found) == 1)
        assert worker.drained() == 0
    assert (event["detail"]["stage"], event["detail"]["jobType"]) == ("main", "go")


def test_a_job_whose_next_job_is_refused_for_good_is_told_as_dead() -> None:
    bus = InMemoryEventBus()
    with Worker(TriggerCatalogue({}, default=handle), event_bus=bus) as worker:
        worker.sender.faults.fail_entries("send", 0, code="InvalidMessageContents", gone=True)
        worker.queue.put('{"trigger": "go", "jobType": "report"}')
        (event,) = bus.events.wait_for(lambda found: len(found) == 1)
        assert worker.drained() == 0
    assert (event["detail-type"], event["detail"]["reason"]) == ("Job Dead", "unsendable")


def test_a_delivery_that_comes_after_the_end_tells_it_again() -> None:
    bus, records, done, dead = InMemoryEventBus(), InMemoryJobRecords(), new_job_id(), new_job_id()
    with Worker(JobCatalogue({"work": handle}), quick(max_concurrency=1), event_bus=bus, records=records) as worker:
        for late in (False, True):
            put(worker, done, late=late)
            put(worker, dead, {"reject": "too_old"}, late=late)
            worker.queue.wait_until_empty()  # the ends are in the records: a copy that comes before waits for a lease
        bus.events.wait_for(lambda found: len(found) == 4)
        assert worker.drained() == 0
    ids = Counter((event["detail"]["id"], event["detail"].get("reason")) for event in bus.events.all())
    assert ids == {(f"{done}/work/completed", None): 2, (f"{dead}/work/dead", "too_old"): 2}
    assert len(worker.dead_letters) == 1


def test_a_job_that_is_cancelled_before_it_ran_is_told_when_its_message_comes() -> None:
    bus, records, job_id = InMemoryEventBus(), InMemoryJobRecords(), new_job_id()
    records.queued(NewJob(key=Key(job_id, "work"), type="work", digest=""))
    records.cancel(Key(job_id, "work"), "withdrawn")
    with Worker(JobCatalogue({"work": handle}), event_bus=bus, records=records) as worker:
        put(worker, job_id)
        (event,) = bus.events.wait_for(lambda found: len(found) == 1)
        assert worker.drained() == 0
    assert (event["detail-type"], event["detail"]["reason"]) == ("Job Cancelled", "withdrawn")


def test_jobs_go_on_and_their_messages_go_while_the_bus_is_away_and_all_is_told_when_it_is_back() -> None:
    bus = InMemoryEventBus()
    bus.faults.fail("put", times=5)
    with Worker(JobCatalogue({"work": handle}), event_bus=bus) as worker:
        put_jobs(worker.queue, 30)
        worker.observer.wait_for_count("settled", 30)
        assert worker.drained() == 0
    assert len(set(told(bus))) == 30


def test_without_a_bus_no_outcome_carries_an_end() -> None:
    with Worker(JobCatalogue({"work": handle}), policy=quick()) as worker:
        put_jobs(worker.queue, 1)
        (fact,) = worker.observer.wait_for_count("settled")
    assert isinstance(fact.outcome, Done)
    assert fact.outcome.end is None
