"""Job records and cancels, with real workers."""

from __future__ import annotations

import pytest

from jobqueue.consumer.job_records import JobRecord, JobRecords, Key, Refusal, Refused, Status
from jobqueue.dynamodb.job_records import DynamoDbJobRecords
from jobqueue.messages.job_id import new_job_id
from jobqueue.testing.contract import DynamoDbBackend
from jobqueue.testing.contract.job_records import KEEPING

from .flow import JOBS, JOBS_DLQ, TRIGGERS, Flow, until

STAGE = "main-job-processing"
WHY = "no longer needed"


class Table:
    """The table of one test."""

    def __init__(self, flow: Flow) -> None:
        backend = DynamoDbBackend(flow.aws.endpoint)
        self.name = backend.table
        self.records: JobRecords = DynamoDbJobRecords(backend.calls, backend.table, KEEPING)

    def record(self, key: Key) -> JobRecord | None:
        found = [one for one in self.records.find(key.job_id) if one.key == key]
        return found[0] if found else None

    def await_status(self, key: Key, status: Status) -> JobRecord:
        def there() -> bool:
            record = self.record(key)
            return record is not None and record.status is status

        until(there, f"{key} {status.value}, but {self.record(key)}")
        found = self.record(key)
        assert found is not None
        return found


@pytest.fixture
def table(flow: Flow) -> Table:
    return Table(flow)


def job_events(flow: Flow, job_id: str) -> list[str]:
    """The kinds of events in the log of a job, in order."""
    return [str(event["event"]) for _, event in flow.log_events() if event["jobId"] == job_id and "event" in event]


def test_a_job_is_in_the_table_from_the_main_job_on_and_never_runs_once_it_is_cancelled(
    flow: Flow, table: Table
) -> None:
    key = Key(new_job_id(), STAGE)
    flow.trigger(jobId=key.job_id, data={"number": 1})
    flow.start("main_job", JOB_TABLE=table.name)
    assert table.await_status(key, Status.QUEUED).attempt == 0
    until(lambda: flow.counts(JOBS)["visible"] == 1 and not flow.held(TRIGGERS), "the job is sent")
    assert isinstance(table.records.cancel(key, WHY), JobRecord)

    flow.start("background_job", JOB_TABLE=table.name)
    until(lambda: not flow.held(JOBS), "its message is deleted")
    assert job_events(flow, key.job_id) == ["job.cancelled"]
    assert not flow.held(JOBS_DLQ)
    answer = table.records.cancel(key, "again")
    assert isinstance(answer, Refused)
    assert (answer.why, answer.record and answer.record.reason) == (Refusal.OVER, WHY)


def test_a_second_trigger_with_a_key_is_the_first_until_that_is_over(flow: Flow, table: Table) -> None:
    first, second, third = (Key(new_job_id(), STAGE) for _ in range(3))
    main = flow.start("main_job", JOB_TABLE=table.name)
    flow.trigger(jobId=first.job_id, uniqueKey="order-17", data={})
    table.await_status(first, Status.QUEUED)
    flow.trigger(jobId=second.job_id, uniqueKey="order-17", data={})
    (line,) = main.wait_for_message(f"not run: job {first.job_id} has its unique key")
    assert (line["jobId"], line["event"], line["sameAs"]) == (second.job_id, "job.duplicate", first.job_id)
    until(lambda: not flow.held(TRIGGERS), "both triggers are deleted")
    assert (flow.held(JOBS), table.record(second)) == (1, None)

    flow.start("background_job", JOB_TABLE=table.name)
    table.await_status(first, Status.COMPLETED)
    flow.trigger(jobId=third.job_id, uniqueKey="order-17", data={})
    table.await_status(third, Status.COMPLETED)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_job_that_runs_hears_of_its_cancel_and_ends(flow: Flow, table: Table, kind: str) -> None:
    worker = flow.start("patient-background", JOB_TABLE=table.name, LEASE_SECONDS=12)
    worker.wait_for_message("consuming")
    key = Key(new_job_id(), kind)
    flow.job(kind, job_id=key.job_id, number=5, seconds=200)
    until(lambda: (record := table.record(key)) is not None and bool(record.progress), "a beat has told its progress")
    assert isinstance(table.records.cancel(key, WHY), JobRecord)
    ended = table.await_status(key, Status.CANCELLED)
    assert (ended.reason, ended.progress) == (WHY, '{"done":0,"total":5,"message":"waits"}')
    until(lambda: not flow.held(JOBS), "its message is deleted")
    assert job_events(flow, key.job_id) == ["job.started", "job.progress", "job.cancelled"]
    assert not flow.held(JOBS_DLQ)


# The table turned off with jobs in flight, and on again (docs/howto/job-records.md)


def completions(flow: Flow, job_id: str) -> int:
    return job_events(flow, job_id).count("job.completed")


@pytest.mark.slow
def test_a_job_that_a_worker_with_the_table_left_is_done_without_it_and_its_open_record_holds_nothing_up(
    flow: Flow, table: Table
) -> None:
    key = Key(new_job_id(), "sync")
    flow.job("sync", job_id=key.job_id, number=1, seconds=600)
    worker = flow.start("patient-background", JOB_TABLE=table.name, LEASE_SECONDS=12)
    owner = table.await_status(key, Status.RUNNING).owner
    worker.kill()

    worker = flow.start("hasty-background", LEASE_SECONDS=12)
    until(lambda: not flow.held(JOBS), "it is done without the table")
    assert completions(flow, key.job_id) == 1
    left = table.record(key)
    assert left is not None
    assert (left.status, left.owner) == (Status.RUNNING, owner)
    worker.terminate()
    worker.end()

    flow.job("sync", job_id=key.job_id, number=1, seconds=0)  # a late copy: nothing says that the job is over
    flow.start("hasty-background", JOB_TABLE=table.name, LEASE_SECONDS=12)
    assert table.await_status(key, Status.COMPLETED).attempt == 2
    assert completions(flow, key.job_id) == 2


def test_workers_with_and_without_the_table_do_each_job_once_side_by_side(flow: Flow, table: Table) -> None:
    flow.start("patient-background", JOB_TABLE=table.name).wait_for_message("consuming")
    flow.start("patient-background").wait_for_message("consuming")
    keys = [Key(new_job_id(), "sync") for _ in range(40)]
    for key in keys:
        flow.job("sync", job_id=key.job_id, number=1, seconds=0)
    until(lambda: not flow.held(JOBS), "all jobs are done")
    assert [completions(flow, key.job_id) for key in keys] == [1] * len(keys)
    assert not flow.held(JOBS_DLQ)
    records = [record for key in keys if (record := table.record(key)) is not None]
    assert [record.status for record in records] == [Status.COMPLETED] * len(records)
