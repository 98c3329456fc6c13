"""What the demo says of batches: joined only once the job that follows is over, and their jobs are counted nowhere else."""

from __future__ import annotations

from devkit.demo.highlights import batches_summary, records_summary
from jobqueue.consumer.job_records import JobRecord, Key, Status


def record(job_id: str, status: Status, *, stage: str = "simulate", parent: str = "") -> JobRecord:
    return JobRecord(key=Key(job_id, stage), type=stage, status=status, parent=parent)


MAKER = record("J", Status.COMPLETED)
BATCH = record("B", Status.COMPLETED, stage="batch", parent="J")
JOBS = [record("C1", Status.COMPLETED, parent="B"), record("C2", Status.DEAD, parent="B")]


def test_a_batch_is_joined_once_the_job_that_follows_is_over() -> None:
    queued, over = (record("B", status) for status in (Status.QUEUED, Status.COMPLETED))
    counted = "2 jobs, of which 1 completed, 1 dead."
    assert batches_summary([MAKER, BATCH, *JOBS, queued]) == f"1 batch, 0 joined: {counted}"
    assert batches_summary([MAKER, BATCH, *JOBS, over]) == f"1 batch, 1 joined: {counted}"
    assert batches_summary([MAKER]) == ""


def test_jobs_of_a_batch_are_not_counted_among_those_of_triggers() -> None:
    assert records_summary([MAKER, BATCH, *JOBS], []) == "1 job has a record: 1 completed, as their triggers ended."
