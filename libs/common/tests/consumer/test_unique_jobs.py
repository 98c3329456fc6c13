"""Jobs that are unique by a key: triggers that stand for a job that is there already, and jobs that handlers send."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jobqueue import Context, JobCatalogue, RejectJob, RetryJob, TriggerCatalogue
from jobqueue.consumer import unique_triggers
from jobqueue.consumer.job_records import Ending, Key, Start, Status
from jobqueue.consumer.unique_keys import Claim
from jobqueue.messages.job_id import new_job_id
from jobqueue.messages.outcome import Duplicate
from jobqueue.testing import InMemoryJobRecords, InMemoryQueue, drain, put_job, put_trigger
from jobqueue.testing.recording import Recording

from .workbench import Worker, quick

KEY = "order-17"
TYPE = "export"


class Main:
    """A main job's catalogue that notes what it handles."""

    def __init__(self) -> None:
        self.handled: Recording[str] = Recording()

    @property
    def catalogue(self) -> TriggerCatalogue:
        return TriggerCatalogue({}, default=self._handle)

    def _handle(self, data: dict[str, Any], context: Context) -> None:
        self.handled.add(context.job_id)
        if data.get("rejects"):
            raise RejectJob("refused")


def put_unique(queue: InMemoryQueue, job_id: str, seconds: int | None = None, **data: object) -> None:
    limit = {} if seconds is None else {"uniqueSeconds": seconds}
    put_trigger(queue, "order", dict(data), jobId=job_id, jobType=TYPE, uniqueKey=KEY, **limit)


def end(records: InMemoryJobRecords, job_id: str) -> None:
    key = Key(job_id, TYPE)
    records.begin(Start(key=key, type=TYPE, owner="o", lease_ends=2**50, sent_at=0))
    records.end(key, "o", Ending(Status.COMPLETED, 1))


def test_a_second_trigger_is_the_first_until_that_is_over_and_nothing_runs_of_it() -> None:
    main, records, queue = Main(), InMemoryJobRecords(), InMemoryQueue()
    first, second, third = new_job_id(), new_job_id(), new_job_id()
    put_unique(queue, first)
    assert [sent["jobId"] for sent in drain(main.catalogue, queue, records=records).sent] == [first]
    put_unique(queue, second)
    drained = drain(main.catalogue, queue, records=records)
    assert (drained.outcomes, drained.sent, drained.dead_letters) == (["duplicate"], [], [])
    ((outcome, fields),) = [
        (fact.outcome, event.fields)
        for fact in drained.observer.named("settled")
        for event in drained.job_logs.events.all()
        if event.fields.get("event")
    ]
    assert outcome == Duplicate(first)
    assert fields == {"event": "job.duplicate", "outcome": "duplicate", "sameAs": first}
    assert main.handled.all() == [first]

    end(records, first)
    put_unique(queue, third)
    assert [sent["jobId"] for sent in drain(main.catalogue, queue, records=records).sent] == [third]
    assert main.handled.all() == [first, third]


def test_the_same_trigger_again_goes_on_with_its_key() -> None:
    main, records, queue = Main(), InMemoryJobRecords(), InMemoryQueue()
    first = new_job_id()
    for _ in range(2):
        put_unique(queue, first)
        assert [sent["jobId"] for sent in drain(main.catalogue, queue, records=records).sent] == [first]


def test_a_trigger_whose_handler_fails_for_good_gives_the_key_back() -> None:
    main, records, queue = Main(), InMemoryJobRecords(), InMemoryQueue()
    put_unique(queue, new_job_id(), rejects=True)
    assert drain(main.catalogue, queue, records=records).dead_letters[0].reason == "refused"
    second = new_job_id()
    put_unique(queue, second)
    assert [sent["jobId"] for sent in drain(main.catalogue, queue, records=records).sent] == [second]


def test_a_second_copy_of_a_trigger_that_fails_leaves_the_key_to_the_job_that_the_first_queued() -> None:
    main, records, queue = Main(), InMemoryJobRecords(), InMemoryQueue()
    first = new_job_id()
    for rejects in (False, True):
        put_unique(queue, first, rejects=rejects)
        drain(main.catalogue, queue, records=records)
    assert records.claim(Claim(job_id="another", type=TYPE, key=KEY)) == first


def test_without_a_table_a_unique_trigger_is_a_dead_letter_that_says_what_is_missing() -> None:
    main, queue = Main(), InMemoryQueue()
    put_unique(queue, new_job_id())
    drained = drain(main.catalogue, queue)
    (letter,) = drained.dead_letters
    assert letter.reason == "no_job_record"
    assert "JOB_TABLE" in letter.error
    assert (drained.sent, main.handled.all()) == ([], [])


@pytest.mark.parametrize("took_effect", [True, False])
def test_one_claim_that_fails_is_made_again_at_once(took_effect: bool) -> None:
    main, records, queue = Main(), InMemoryJobRecords(), InMemoryQueue()
    records.fail["claim"] = [took_effect]
    put_unique(queue, new_job_id())
    assert drain(main.catalogue, queue, records=records).outcomes == ["done"]
    assert records.calls["claim"] == 2


def test_a_trigger_whose_key_cannot_be_claimed_comes_again_and_loses_no_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unique_triggers, "AWAY_SECONDS", 1)
    attempts: Recording[int] = Recording()
    records = InMemoryJobRecords()
    records.fail["claim"] = [False, False]
    catalogue = TriggerCatalogue({}, default=lambda data, context: attempts.add(context.attempt))
    with Worker(catalogue, policy=quick(), records=records) as worker:
        put_unique(worker.queue, new_job_id())
        worker.queue.wait_until_empty(30)
        worker.observer.wait_for(lambda facts: sum(fact.what == "settled" for fact in facts) == 2)
        failed = [(fact.operation, fact.code) for fact in worker.observer.named("settle_failed")]
    assert failed == [("claim", "EndpointConnectionError")] * 2
    assert attempts.all() == [1]


def test_a_recorded_trigger_that_is_a_duplicate_says_of_which_job() -> None:
    records, queue = InMemoryJobRecords(), InMemoryQueue()
    first, second = new_job_id(), new_job_id()
    records.claim(Claim(job_id=first, type=TYPE, key=KEY))
    with Worker(Main().catalogue, policy=quick(), queue=queue, records=records, record_triggers=True):
        put_unique(queue, second)
        queue.wait_until_empty()
    (record,) = records.find(second)
    assert (record.status, record.reason) == (Status.COMPLETED, f"duplicate of {first}")


def test_a_job_that_comes_past_the_main_job_cannot_be_unique_and_says_so() -> None:
    queue = InMemoryQueue()
    runs: Recording[str] = Recording()
    catalogue = JobCatalogue({TYPE: lambda data, context: runs.add(context.job_id)})
    put_unique(queue, new_job_id())
    queue.put(json.dumps({"jobId": new_job_id(), "jobType": TYPE, "version": 2, "data": {}, "uniqueKey": KEY}))
    drained = drain(catalogue, queue, records=InMemoryJobRecords())
    assert [letter.reason for letter in drained.dead_letters] == ["wrong_schema"] * 2
    assert all("queue of the triggers" in letter.error for letter in drained.dead_letters)
    assert runs.all() == []


class Sending:
    """A handler that sends a unique job, and notes what it was told."""

    def __init__(self, **unique: Any) -> None:
        self.unique = unique
        self.told: Recording[str] = Recording()

    def __call__(self, data: dict[str, Any], context: Context) -> None:
        self.told.add(context.send_job(TYPE, data, **self.unique))

    def drain(self, records: InMemoryJobRecords | None, *numbers: int) -> Any:
        queue = InMemoryQueue()
        for number in numbers:
            put_job(queue, "work", {"number": number})
        return drain(JobCatalogue({"work": self}), queue, records=records)


def test_a_handler_is_told_the_id_of_the_job_that_has_the_key_and_nothing_is_sent() -> None:
    records, sending = InMemoryJobRecords(), Sending(unique_key=KEY)
    drained = sending.drain(records, 1, 2, 3)
    (sent,) = drained.sent
    assert sending.told.all() == [sent["jobId"]] * 3
    end(records, sent["jobId"])
    (other,) = sending.drain(records, 4).sent
    assert sending.told.all()[3:] == [other["jobId"]] != [sent["jobId"]]


def test_a_repeated_attempt_sends_the_same_job_and_is_told_its_id() -> None:
    records, told = InMemoryJobRecords(), Recording[str]()
    queue = InMemoryQueue()

    def handler(data: dict[str, Any], context: Context) -> None:
        told.add(context.send_job(TYPE, data, key="k", unique_key=KEY))
        told.add(context.send_job(TYPE, data, key="k", unique_key=KEY))
        if context.attempt == 1:
            raise RetryJob("again", after_seconds=0)

    put_job(queue, "work")
    drained = drain(JobCatalogue({"work": handler}), queue, records=records)
    assert {sent["jobId"] for sent in drained.sent} == set(told.all())
    assert len(set(told.all())) == 1


@pytest.mark.parametrize(("fails", "outcomes"), [([True], ["done"]), ([False] * 3, ["retry", "done"])])
def test_a_claim_in_a_handler_is_tried_again_and_the_job_in_the_end(
    monkeypatch: pytest.MonkeyPatch, fails: list[bool], outcomes: list[str]
) -> None:
    monkeypatch.setattr("jobqueue.consumer.further_jobs.PAUSES_SECONDS", (0.0, 0.0, 0.0))
    records, sending = InMemoryJobRecords(), Sending(unique_key=KEY)
    records.fail["claim"] = fails
    drained = sending.drain(records, 1)
    assert drained.outcomes == outcomes
    assert len(drained.sent) == 1


def test_a_handler_without_a_table_is_refused_a_unique_job() -> None:
    (letter,) = Sending(unique_key=KEY).drain(None, 1).dead_letters
    assert letter.reason == "no_job_record"
    assert "unique_key needs job records" in letter.error


@pytest.mark.parametrize(
    ("unique", "said"),
    [
        ({"unique_key": ""}, "unique_key must be"),
        ({"unique_key": 17}, "unique_key must be"),
        ({"unique_key": "x" * 1025}, "at most 1024"),
        ({"unique_key": "a\n"}, "unique_key has"),
        ({"unique_seconds": 60}, "needs a unique_key"),
        ({"unique_key": "a", "unique_seconds": 0}, "from 1 to 1209600"),
        ({"unique_key": "a", "unique_seconds": True}, "from 1 to 1209600"),
        ({"unique_key": "a", "unique_seconds": 1_209_601}, "from 1 to 1209600"),
    ],
)
def test_what_cannot_be_a_unique_key_is_refused_by_name(unique: dict[str, Any], said: str) -> None:
    refused: Recording[str] = Recording()
    queue = InMemoryQueue()

    def handler(data: dict[str, Any], context: Context) -> None:
        with pytest.raises(ValueError, match="send_job") as raised:
            context.send_job(TYPE, data, **unique)
        refused.add(str(raised.value))

    put_job(queue, "work")
    drain(JobCatalogue({"work": handler}), queue, records=InMemoryJobRecords())
    assert said in refused.all()[0]
