"""What a job's log costs when CloudWatch Logs is in trouble, or the handler writes from where nobody expects it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .flow import JOBS, Flow, until

if TYPE_CHECKING:
    from .worker import Line, Worker

BUFFER_BYTES = 16_777_216
LINES = 150
SOON = {"JOB_LOG_STREAM_WAIT_SECONDS": 0, "JOB_LOG_CONFIRM_SECONDS": 5, "JOB_LOG_BUFFER_BYTES": BUFFER_BYTES}
OUTAGES: dict[str, dict[str, Any]] = {
    "throttling": {"throttle": {"PutLogEvents": 1.0, "CreateLogStream": 1.0}},
    "all hanging": {"latency_ms": {"PutLogEvents": 600_000, "CreateLogStream": 600_000}},
}


def undelivered(worker: Worker, message: str) -> list[Line]:
    return [line for line in worker.lines if line.get("job_log_undelivered") and line["message"] == message]


def done(worker: Worker, job_type: str, count: int) -> list[Line]:
    return worker.wait_for(
        lambda line: line["message"] == "job done" and line["jobType"] == job_type, count=count, seconds=100
    )


@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_costs_a_job_one_short_wait_its_neighbours_none_and_no_more_memory_than_is_set(
    flow: Flow, outage: str
) -> None:
    worker = flow.start("writing-background", MAX_CONCURRENCY=10, **SOON)
    flow.job("little", number=0)
    until(lambda: flow.held(JOBS) == 0, "everything is loaded")
    before = worker.peak_bytes
    flow.aws.faults(**OUTAGES[outage])
    flow.job("much", number=1, steps=LINES)
    for number in range(20):
        flow.job("little", number=number)
    assert done(worker, "much", 1)[0]["seconds"] < 20, "150 lines at one wait each were minutes"
    assert all(line["seconds"] < 5 for line in done(worker, "little", 21)), "as if nothing were wrong"
    until(lambda: flow.held(JOBS) == 0, "every job is settled")
    grown = worker.peak_bytes - before
    worker.terminate()
    assert worker.end() == 0
    assert {line["line"] for line in undelivered(worker, "wide")} == set(range(LINES))
    assert {line["number"] for line in undelivered(worker, "narrow")} == set(range(20))
    assert grown < BUFFER_BYTES


def test_a_forked_child_writes_to_stdout_and_never_hangs(flow: Flow) -> None:
    worker = flow.start("writing-background", JOB_LOG_BATCH_BYTES=1024, MAX_CONCURRENCY=4)
    for _ in range(3):
        flow.job("in-children", number=1, steps=50)
        flow.job("much", number=1, steps=20)
    done(worker, "in-children", 3)
    worker.terminate()
    assert worker.end() == 0
    assert len(undelivered(worker, "from a child")) == 150
    assert [event["message"] for _, event in flow.log_events()].count("from the parent") == 150
