"""Batches whose workers are killed while they send them and while they join them: each is joined once, with counts that are true.

BATCH_JOBS=10000 nox -s test -- -k each_batch      one of the batches has so many jobs
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from pathlib import Path
from threading import Event

import pytest

from jobqueue.consumer.job_batches import BATCH
from jobqueue.consumer.job_records import Status
from jobqueue.testing.contract import DynamoDbBackend

from .batching import BATCHES_FILE, EVERY, KILLS
from .chaos import Chaos
from .flow import JOBS, JOBS_DLQ, Flow

BATCH_JOBS = int(os.environ.get("BATCH_JOBS", "30"))
DEADLINE_SECONDS = 300 + BATCH_JOBS // 10
FAULTS = {
    "throttle": {"PutItem": 0.01, "UpdateItem": 0.01, "Query": 0.01},
    "cut_before": {"PutItem": 0.01, "UpdateItem": 0.01},
    "cut_after": {"PutItem": 0.01, "UpdateItem": 0.01, "SendMessageBatch": 0.02},
}


@pytest.mark.timeout(DEADLINE_SECONDS + 60)
def test_each_batch_is_joined_once_with_true_counts_whenever_its_workers_are_killed(flow: Flow, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"\nseed {seed}")
    flow.make(max_receive_count=1000)
    backend = DynamoDbBackend(flow.aws.endpoint)
    told = tmp_path / "told"
    settings = {"JOB_TABLE": backend.table, "LEASE_SECONDS": 4, "MAX_CONCURRENCY": 4, "MAX_ATTEMPTS": 100}
    flow.aws.faults(**FAULTS, seed=seed)  # type: ignore[arg-type]
    for jobs in (*KILLS, BATCH_JOBS):
        flow.job("split", jobs=jobs)
    chaos = Chaos(
        [lambda: flow.start("batching-background", **settings, **{BATCHES_FILE: told})] * 2, random.Random(seed)
    )
    until, never = time.monotonic() + DEADLINE_SECONDS, Event()
    while flow.held(JOBS):
        assert time.monotonic() < until, f"still in the queues: {flow.aws.queues()}"
        never.wait(0.05)
        chaos.revive()
    flow.aws.faults()
    chaos.end()

    assert {path.name for path in tmp_path.glob("told.*")} == {f"told.{jobs}" for jobs in KILLS}
    records = backend.all()
    batches = {one.key.job_id: one for one in records if one.key.stage == BATCH}
    assert {one.status for one in batches.values()} == {Status.COMPLETED}
    assert len(batches) == len(KILLS) + 1
    collected = [one for one in records if one.type == "collect"]
    assert {one.key.job_id for one in collected} == set(batches)
    assert {one.status for one in collected} == {Status.COMPLETED}
    lines = {tuple(line.split()) for line in told.read_text().splitlines()}  # a collect that was killed ran again
    truth = set()
    for batch_id in batches:
        ends = Counter(one.status for one in records if one.parent == batch_id and one.type == "page")
        counts = (ends.total(), ends[Status.COMPLETED], ends[Status.DEAD], ends[Status.CANCELLED])
        truth.add((batch_id, batch_id, *map(str, counts)))
    assert lines == truth
    assert sorted(int(line[2]) for line in lines) == sorted((*KILLS, BATCH_JOBS))
    assert all(int(line[4]) >= 1 + (int(line[2]) - 1) // EVERY for line in lines)
    assert flow.held(JOBS_DLQ) >= sum(int(line[4]) for line in lines)
