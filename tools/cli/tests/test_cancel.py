"""`jobctl cancel`, with and without job records."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jobqueue.consumer.job_records import Key, Refusal, Refused, Start
from jobqueue.messages.job_id import new_job_id
from jobqueue.testing import ManualClock
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


def test_what_no_record_knows_cannot_be_cancelled(jobs: Jobs, still: World) -> None:
    without = jobs.run("cancel", new_job_id())
    assert (without.exit_code, without.stdout) == (4, "")
    assert "job_records = true" in without.stderr
    still.keep_records()
    unknown = jobs.run("cancel", new_job_id())
    assert unknown.exit_code == 4
    assert "No job" in unknown.stderr
