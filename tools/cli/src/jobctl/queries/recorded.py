"""Jobs as the table of job records knows them, in the words of `job_state`.

`hung` is known to the logs alone: its worker no longer extends the lease, and once that has ended the job counts as `lost` here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, cast

import orjson

from jobctl.queries.job_state import JobState, Status
from jobqueue.client.boto_calls import BotoCalls
from jobqueue.consumer import job_records
from jobqueue.consumer.job_batches import BATCH
from jobqueue.consumer.job_records import DAY_SECONDS, Keeping
from jobqueue.dynamodb.job_batches import DynamoDbJobBatches
from jobqueue.dynamodb.job_steps import DynamoDbJobSteps
from jobqueue.dynamodb.listing import JobListing
from jobqueue.messages.job_id import job_id_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jobctl.session import Session
    from jobqueue.consumer.job_records import JobRecord
    from jobqueue.consumer.job_steps import JobStep

KEEPING = Keeping(retention_seconds=14 * DAY_SECONDS, days=1)
"""As if the queue kept messages as long as SQS can: what a person decides about a step outlasts any redrive."""

MAX_OPEN_IDS = 20
OPEN_STATUSES = (job_records.Status.RUNNING, job_records.Status.RETRYING, job_records.Status.QUEUED)
"""In the order in which they are told: what runs ends first."""


@dataclass(frozen=True)
class OpenBatch:
    """What became of a batch's jobs so far. `open_ids`: the first of those that have no end on record. More may be open: a job that was cancelled
    while it waited, until a worker meets its message, and one whose message is lost."""

    jobs: int
    open: int
    completed: int
    dead: int
    cancelled: int
    open_ids: Sequence[str]


def state_of(record: JobRecord, now_ms: float) -> JobState:
    """The state of one stage. A record of the index has no progress, and no lease by which it could be lost."""
    running = record.status is job_records.Status.RUNNING
    return JobState(
        job_id=record.key.job_id,
        job_type=record.type,
        correlation_id=record.correlation_id,
        status="lost" if running and 0 < record.lease_ends <= now_ms else word_of(record.status),
        attempts=record.attempt,
        began_ms=record.queued_at or record.began_at,
        last_ms=record.ended_at or record.began_at or record.queued_at,
        reason=record.reason if record.status.over else "",
        error="",
        trace_id="",
        attempt_ms=record.began_at if running else 0,
        progress="" if record.status.over else progress_text(record.progress),
        cancel=record.cancel,
        due_ms=record.due_at,
        parent=record.parent,
    )


def word_of(status: job_records.Status) -> Status:
    """The command's word for it."""
    return "dead letter" if status is job_records.Status.DEAD else cast("Status", status.value)


def status_of(word: str | None) -> job_records.Status | None:
    """The record's word for a status of a job; None: records do not know it."""
    return next((one for one in job_records.Status if word_of(one) == word), None)


def progress_text(progress: str) -> str:
    """What a handler said of it: `3/10 orders`; as it stands where it is nothing of that kind."""
    try:
        said = orjson.loads(progress or "null")
    except orjson.JSONDecodeError:
        return progress
    if not isinstance(said, dict):
        return progress
    total = said.get("total")
    done = "" if said.get("done") is None else f"{said['done']}" + ("" if total is None else f"/{total}")
    return " ".join(filter(None, (done, str(said.get("message") or ""))))


def steps_in(session: Session) -> DynamoDbJobSteps:
    """The steps of the jobs of a stack that keeps records."""
    return DynamoDbJobSteps(BotoCalls(session.client("dynamodb")), session.stack.job_table or "", KEEPING)


def read_steps(steps: DynamoDbJobSteps, stages: Iterable[JobRecord]) -> list[tuple[JobRecord, JobStep]]:
    """The steps of each stage, with its record."""
    return [(record, step) for record in stages for step in steps.read(record.key)]


def step_state(step: JobStep) -> str:
    """What became of it, in a word or two."""
    return "ended" if step.result is not None else "interrupted" if step.begun else "may run again"


def read_batch(session: Session, stages: Iterable[JobRecord]) -> OpenBatch | None:
    """The batch of a job that is one; None: it is none, or its jobs are not all sent yet, or it is over."""
    running = job_records.Status.RUNNING
    batch_id = next((one.key.job_id for one in stages if one.key.stage == BATCH and one.status is running), None)
    if batch_id is None:
        return None
    calls, table = BotoCalls(session.client("dynamodb")), session.stack.job_table or ""
    found = DynamoDbJobBatches(calls, table, KEEPING).read(batch_id)
    if found is None:
        return None
    made_ms = job_id_ms(batch_id)  # that of its jobs' ids too
    listing = JobListing(calls, table)
    open_ids = (
        record.key.job_id
        for status in OPEN_STATUSES
        for record in listing.newest(status=status, since_ms=made_ms, until_ms=made_ms + 1)
        if record.parent == batch_id
    )
    return OpenBatch(
        found.jobs,
        len(found.open),
        found.completed,
        len(found.dead),
        len(found.cancelled),
        [*islice(open_ids, MAX_OPEN_IDS)],
    )
