"""A job has its record before it is sent, whether a trigger asks for it or a handler; one that has begun is not sent again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jobqueue import Context, JobCatalogue, TriggerCatalogue
from jobqueue.consumer import further_jobs
from jobqueue.consumer.job_records import Ending, JobRecord, Key, Start, Status
from jobqueue.consumer.ports import QueueError
from jobqueue.consumer.queued_records import QueuedRecords
from jobqueue.consumer.settle_calls import RecordWrites, Step
from jobqueue.messages.dead_letter import REASON
from jobqueue.messages.digest import job_digest
from jobqueue.messages.errors import RejectJob
from jobqueue.messages.job_id import new_job_id
from jobqueue.messages.outcome import Done, QueuedJob
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.testing import InMemoryJobRecords, InMemoryQueue

from .workbench import HandCranked, Worker, quick

NEXT = Done(OutgoingMessage("{}"), queued=QueuedJob("j-1", "report", "c-1"))


@pytest.mark.parametrize(
    ("needed", "keeps", "steps"),
    [
        (True, False, [Step.QUEUED, Step.SEND, Step.DELETE]),
        (True, True, [Step.QUEUED, Step.SEND, Step.RECORD, Step.DELETE]),
        (False, False, [Step.QUEUED, Step.DELETE]),
        (False, True, [Step.QUEUED, Step.RECORD, Step.DELETE]),
    ],
)
def test_a_next_job_is_recorded_before_it_is_sent(needed: bool, keeps: bool, steps: list[Step]) -> None:
    end = (lambda ended: [True] * len(ended)) if keeps else None
    bench = HandCranked(records=RecordWrites(lambda job: needed, end))
    (delivery,) = bench.receive()
    bench.finish(delivery, NEXT)
    assert bench.until_quiet() == steps
    assert len(bench.next_jobs) == needed


def test_a_next_job_is_not_sent_while_its_record_cannot_be_written() -> None:
    tries: list[QueuedJob] = []

    def announce(job: QueuedJob) -> bool:
        tries.append(job)
        if len(tries) < 3:
            raise QueueError("not reached", code="TimedOut", unknown=False)
        return True

    bench = HandCranked(records=RecordWrites(announce))
    (delivery,) = bench.receive()
    bench.finish(delivery, NEXT)
    assert bench.until_quiet() == [Step.QUEUED, Step.QUEUED, Step.QUEUED, Step.SEND, Step.DELETE]
    assert len(bench.next_jobs) == 1


@pytest.mark.parametrize("begun", [False, True])
def test_a_send_whose_answer_was_lost_is_made_again_unless_the_job_has_begun(begun: bool) -> None:
    asked: list[QueuedJob] = []

    def announce(job: QueuedJob) -> bool:
        asked.append(job)
        return len(asked) == 1 or not begun

    bench = HandCranked(records=RecordWrites(announce))
    bench.sender.faults.fail("send", took_effect=True)
    (delivery,) = bench.receive()
    bench.finish(delivery, NEXT)
    again = [] if begun else [Step.SEND]
    assert bench.until_quiet() == [Step.QUEUED, Step.SEND, Step.QUEUED, *again, Step.DELETE]


def test_a_next_job_whose_id_is_another_s_is_not_sent_and_holds_up_no_other() -> None:
    def announce(job: QueuedJob) -> bool:
        if job.job_id == "j-1":
            raise RejectJob("job_id_conflict", "other data")
        return True

    bench = HandCranked(records=RecordWrites(announce))
    first, second = bench.receive(2)
    bench.finish(first, NEXT)
    bench.finish(second, Done(OutgoingMessage('{"n":2}'), queued=QueuedJob("j-2", "report", "c-1")))
    bench.until_quiet()
    assert [kept.body for kept in bench.next_jobs.stored()] == ['{"n":2}']
    assert len(bench.dead_letters) == 1


class Sending:
    """A main job's worker whose trigger asks for a `report`; its handler sends an `audit` besides."""

    def __init__(self, records: InMemoryJobRecords) -> None:
        self.records = records
        self.job_id = new_job_id()
        self.worker = Worker(TriggerCatalogue({}, default=self.handler), policy=quick(), records=records)
        self.at_the_send: list[int] = []
        self.audit_id = ""

    def handler(self, data: dict[str, Any], context: Context) -> dict[str, Any]:
        self.audit_id = context.send_job("audit", {"of": 1})
        return {"made": "differs from attempt to attempt"}

    def run(self) -> None:
        with self.worker as worker:
            body = {"trigger": "test", "jobId": self.job_id, "jobType": "report", "data": {"b": 2, "a": 1}}
            worker.queue.put(json.dumps(body))
            worker.queue.wait_until_empty()


def sent(queue: InMemoryQueue) -> list[str]:
    return sorted(json.loads(kept.body)["jobType"] for kept in queue.stored())


def test_a_trigger_s_job_and_one_that_a_handler_sends_are_queued_in_the_table() -> None:
    records = InMemoryJobRecords()
    sending = Sending(records)
    sending.run()
    assert sent(sending.worker.next_jobs) == ["audit", "report"]
    (report,) = records.find(sending.job_id)
    (audit,) = records.find(sending.audit_id)
    assert (report.key.stage, report.status, report.digest) == (
        "report",
        Status.QUEUED,
        job_digest("report", '{"a":1,"b":2}'),
    )
    assert (audit.key.stage, audit.status, audit.digest) == ("audit", Status.QUEUED, "")
    assert report.correlation_id == audit.correlation_id != ""
    assert (audit.parent, report.parent) == (sending.job_id, "")
    assert records.calls["queued"] == 2  # one call for each job that is queued


@pytest.mark.parametrize("status", [None, Status.RETRYING, Status.COMPLETED, Status.CANCELLED])
def test_a_job_that_has_begun_is_not_sent_again(status: Status | None) -> None:
    records = InMemoryJobRecords()
    sending = Sending(records)
    began(records, Key(sending.job_id, "report"), status)
    sending.run()
    assert sent(sending.worker.next_jobs) == ["audit"]


def began(records: InMemoryJobRecords, key: Key, status: Status | None) -> None:
    start = Start(key=key, type=key.stage, owner="a", lease_ends=2**62, sent_at=0)
    assert isinstance(records.begin(start), JobRecord)
    if status is not None:
        records.end(key, "a", Ending(status, 1))


def test_a_trigger_whose_job_s_id_is_that_of_another_job_is_dead_lettered() -> None:
    records = InMemoryJobRecords()
    sending = Sending(records)
    QueuedRecords(records).write(QueuedJob(sending.job_id, "report", "c", "other data"))
    sending.run()
    (letter,) = sending.worker.dead_letters.stored()
    assert letter.attributes[REASON].value == "job_id_conflict"


def test_a_job_that_a_handler_sends_waits_for_its_record_as_for_its_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(further_jobs, "PAUSES_SECONDS", (0.0, 0.0, 0.0))
    records = InMemoryJobRecords()
    records.fail["queued"] = [True, False]
    sending = Sending(records)
    sending.run()
    assert sent(sending.worker.next_jobs) == ["audit", "report"]
    assert records.calls["queued"] == 4


def test_a_key_is_a_job_s_name_whatever_its_data_is_in_a_later_attempt() -> None:
    records = InMemoryJobRecords()
    ids = []

    def handler(data: dict[str, Any], context: Context) -> None:
        ids.append(context.send_job("audit", {"at": len(ids)}, key="audit"))

    with Worker(JobCatalogue({"work": handler}), policy=quick(), records=records) as worker:
        job_id = new_job_id()
        for _ in range(2):
            worker.queue.put(json.dumps({"jobId": job_id, "jobType": "work", "version": 1, "data": {}}))
            worker.queue.wait_until_empty()
            records.put(queued_again(records, Key(job_id, "work")))
    assert len(set(ids)) == 1
    assert len(ids) == 2
    assert len(worker.dead_letters) == 0


def queued_again(records: InMemoryJobRecords, key: Key) -> JobRecord:
    """As if its worker had been lost before it could write how the attempt ended."""
    (record,) = records.find(key.job_id)
    return JobRecord(key=key, type=record.type, status=Status.QUEUED, expires=record.expires)
