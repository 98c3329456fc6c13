"""`jobctl cancel`, with and without job records."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from jobctl.commands import cancel
from jobqueue.consumer.job_batches import BATCH
from jobqueue.consumer.job_records import Ending, JobRecord, Key, NewJob, Refusal, Refused, Start, Status
from jobqueue.messages.job_id import derive_job_id, job_id_ms, new_job_id
from jobqueue.testing import ManualClock, SystemClock
from jobqueue.testing.contract.job_records import KEEPING

from .conftest import Jobs
from .world import World


@pytest.fixture
def jobs(still: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(still)


def test_a_job_that_was_submitted_and_waits_is_cancelled_and_never_begins(jobs: Jobs, still: World) -> None:
    backend = still.keep_records()
    job_id = jobs.said("submit", "--type", "report")["job_id"]
    said = jobs.said("cancel", job_id, "--reason", "not needed")
    assert (said["status"], said["reason"]) == ("cancelled", "not needed")
    key, clock = Key(job_id, "report"), ManualClock()
    start = Start(key=key, type="report", owner="o", lease_ends=clock.wall_ms() + 1000, sent_at=clock.wall_ms())
    refused = backend.records(clock, KEEPING).begin(start)
    assert isinstance(refused, Refused)
    assert refused.why is Refusal.OVER
    again = jobs.run("cancel", job_id)
    assert (again.exit_code, again.stdout) == (1, "")
    assert "is over: cancelled" in again.stderr


def test_a_tree_is_cancelled_with_what_its_jobs_queue_and_without_what_is_over(
    jobs: Jobs, still: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancel, "LOOK_SECONDS", 0.0)
    records = still.keep_records().records(SystemClock(), KEEPING)
    root = new_job_id()

    def child(name: str, parent: str) -> Key:
        key = Key(derive_job_id(parent, name, job_id_ms(parent)), "report")
        assert isinstance(records.queued(NewJob(key=key, type="report", digest="", parent=parent)), JobRecord)
        return key

    records.queued(NewJob(key=Key(root, "import"), type="import", digest=""))
    done, waits, batch = child("done", root), child("waits", root), child("batch", root)
    grandchild = child("grandchild", done.job_id)
    stranger = Key(derive_job_id(root, "stranger", job_id_ms(root)), "report")
    records.queued(NewJob(key=stranger, type="report", digest="", parent=new_job_id()))
    records.queued(NewJob(key=Key(batch.job_id, BATCH), type=BATCH, digest="", parent=root))
    in_batch = child("in batch", batch.job_id)
    now = time.time_ns() // 1_000_000
    records.begin(Start(key=done, type="report", owner="o", lease_ends=now + 60_000, sent_at=now))
    records.end(done, "o", Ending(Status.COMPLETED, now))
    said = {one["job_id"]: one["status"] for one in jobs.said("cancel", root, "--tree", "--reason", "not needed")}
    assert said == {
        root: "cancelled",
        done.job_id: "completed",
        waits.job_id: "cancelled",
        grandchild.job_id: "cancelled",
        batch.job_id: "cancelled",
    }
    assert "completed" in jobs.run("cancel", root, "--tree").stdout
    for key in (stranger, in_batch):
        (record,) = records.find(key.job_id)
        assert record.status is Status.QUEUED


def test_what_no_record_knows_cannot_be_cancelled(jobs: Jobs, still: World) -> None:
    without = jobs.run("cancel", new_job_id())
    assert (without.exit_code, without.stdout) == (4, "")
    assert "job_records = true" in without.stderr
    still.keep_records()
    unknown = jobs.run("cancel", new_job_id())
    assert unknown.exit_code == 4
    assert "No job" in unknown.stderr
