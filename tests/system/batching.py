"""Batches of jobs for `variants.py`: what each batch told at its end is a line in BATCHES_FILE, and one of each size kills a worker, once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any

from jobqueue import Context, RejectJob
from jobqueue.consumer.job_batches import BATCH, NewBatch, Place, Tally
from jobqueue.consumer.job_records import Answer, Ending, Key, NewJob, Start, Status
from jobqueue.dynamodb.job_batches import DynamoDbJobBatches
from jobqueue.dynamodb.job_records import DynamoDbJobRecords

BATCHES_FILE = "BATCHES_FILE"
KILLS = {
    21: "its shards are made",
    22: "some of its jobs are sent",
    23: "nothing of it is open",
    24: "it is about to queue what it is for",
    25: "what it is for is sent",
}
"""The jobs of a batch, and when its worker is killed."""
EVERY = 7
"""Each job whose number is one of these is dead."""


@dataclass(frozen=True)
class Split:
    jobs: int


@dataclass(frozen=True)
class Page:
    number: int


def split(wish: Split, context: Context) -> None:
    pages = [("page", {"number": number}, str(number)) for number in range(wish.jobs)]
    context.batch(pages, then=("collect", {}), key="pages")


def page(wish: Page, context: Context) -> None:
    if wish.number % EVERY == 0:
        raise RejectJob("bad_page")


def collect(data: dict[str, Any], context: Context) -> None:
    told = data["batch"]
    line = " ".join(
        [told["id"], context.job_id, *(str(told[name]) for name in ("jobs", "completed", "dead", "cancelled"))]
    )
    place = os.open(os.environ[BATCHES_FILE], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(place, f"{line}\n".encode())  # whole, or not at all, whatever kills the process
    os.close(place)


def die_once(jobs: int | None, moment: str) -> None:
    if jobs is None or KILLS.get(jobs) != moment:
        return
    try:
        os.close(os.open(f"{os.environ[BATCHES_FILE]}.{jobs}", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
    Event().wait()  # this thread does nothing more, should the signal take a moment


def with_deaths() -> None:
    """Has the adapters die at each moment of a batch."""
    make, mark = DynamoDbJobBatches.make, DynamoDbJobBatches.mark
    begin, end, queued = DynamoDbJobRecords.begin, DynamoDbJobRecords.end, DynamoDbJobRecords.queued

    def jobs_of(records: Any, batch_id: str) -> int | None:
        batch = DynamoDbJobBatches(records._calls, records._table, records._keeping).read(batch_id)
        return None if batch is None else batch.jobs

    def make_and_die(self: DynamoDbJobBatches, batch: NewBatch) -> None:
        make(self, batch)
        die_once(batch.jobs, KILLS[21])

    def queued_and_die(self: DynamoDbJobRecords, job: NewJob) -> Answer:
        answer = queued(self, job)
        if job.number == 15:
            die_once(jobs_of(self, job.parent), KILLS[22])
        return answer

    def mark_and_die(self: DynamoDbJobBatches, place: Place, job_id: str, status: Status) -> Tally | None:
        tally = mark(self, place, job_id, status)
        if tally is not None and tally.complete:
            die_once(jobs_of(self, place.batch_id), KILLS[23])
        return tally

    def begin_and_die(self: DynamoDbJobRecords, start: Start) -> Answer:
        answer = begin(self, start)
        if start.key.stage == BATCH:
            batch = DynamoDbJobBatches(self._calls, self._table, self._keeping).read(start.key.job_id)
            die_once(None if batch is None or batch.open else batch.jobs, KILLS[24])
        return answer

    def die_and_end(self: DynamoDbJobRecords, key: Key, owner: str, ending: Ending) -> Answer:
        if key.stage == BATCH:
            die_once(jobs_of(self, key.job_id), KILLS[25])
        return end(self, key, owner, ending)

    patches: list[tuple[type, str, Callable[..., Any]]] = [
        (DynamoDbJobBatches, "make", make_and_die),
        (DynamoDbJobBatches, "mark", mark_and_die),
        (DynamoDbJobRecords, "queued", queued_and_die),
        (DynamoDbJobRecords, "begin", begin_and_die),
        (DynamoDbJobRecords, "end", die_and_end),
    ]
    for owner, name, patched in patches:
        setattr(owner, name, patched)
