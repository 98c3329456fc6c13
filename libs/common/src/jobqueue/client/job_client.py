"""The client of a stack: submits jobs, and asks what became of them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from jobqueue.aws.answers import NO_PERMISSION
from jobqueue.client.boto_calls import BotoCalls
from jobqueue.client.errors import (
    InvalidRequestError,
    JobClientError,
    JobOverError,
    NoRecordsError,
    NotEndedError,
    NotFoundError,
    NotSubmittedError,
)
from jobqueue.client.job_event import JobEvent
from jobqueue.client.job_log import read_whole_log
from jobqueue.client.places import BotoClients, Clients, Places
from jobqueue.client.triggers import Submitted, Trigger, TriggerOptions, data_body, prepare
from jobqueue.consumer import job_records
from jobqueue.consumer.job_batches import BATCH
from jobqueue.consumer.job_records import MAIN, JobRecord, Keeping, Key, RecordsError, Refusal, Refused, Status
from jobqueue.consumer.ports import QueueError, QueueRefused
from jobqueue.consumer.unique_keys import Claim
from jobqueue.dynamodb.job_records import DynamoDbJobRecords
from jobqueue.dynamodb.listing import JobListing
from jobqueue.dynamodb.settings import RecordSettings
from jobqueue.dynamodb.unique_keys import DynamoDbUniqueKeys
from jobqueue.messages.digest import job_digest
from jobqueue.messages.errors import Undecodable
from jobqueue.messages.job_id import check_job_id, job_id_ms
from jobqueue.messages.json import JsonObject, write_object
from jobqueue.messages.limits import MAX_DELAY_SECONDS, MAX_PER_CALL
from jobqueue.settings import load
from jobqueue.sqs.sender import SqsSender

MAX_REASON_CHARACTERS = 100
FIRST_POLL_SECONDS, MAX_POLL_SECONDS = 0.2, 2.0
AGAIN = "try again; what was submitted keeps its id"
RIGHTS = "attach the stack's policy for it to your role: client-submit, client-read or client-logs"
"""docs/howto/send-jobs-from-your-code.md, "Rights"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """One job of `submit_many`; the fields are the arguments of `submit`."""

    type: str | None = None
    data: JsonObject | None = None
    trigger: str | None = None
    job_id: str | None = None
    correlation_id: str | None = None
    delay_seconds: int = 0
    unique_key: str | None = None
    unique_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the table said of a trigger."""

    created: bool
    to_send: bool = True
    same_as: str | None = None


class JobClient:
    """Makes its boto3 clients, and looks for the stack, when it first needs them. Any thread.

    What is not named is read from JOB_QUEUE_URL, JOB_TABLE and JOB_LOG_GROUPS (with commas), and what is not there either from the stack of the
    project and the environment, which are arguments or JOBS_PROJECT and JOBS_ENVIRONMENT.

    Every method raises JobClientError where AWS cannot be asked, or refuses; boto3's error, or the adapter's around it, is its cause.
    """

    def __init__(
        self,
        project: str | None = None,
        environment: str | None = None,
        *,
        queue_url: str | None = None,
        table: str | None = None,
        log_groups: Sequence[str] = (),
        clients: Clients | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """`clients` gives boto3's client of "sqs", "dynamodb", "logs" or "ssm"; without it they are made of a boto3 session as it finds itself."""
        self._clients = clients or BotoClients()
        self._places = Places(
            project,
            environment,
            queue_url=queue_url,
            table=table,
            log_groups=log_groups,
            clients=self._clients,
            environ=environ,
        )
        self._environ = environ

    def submit(
        self,
        type: str | None = None,  # noqa: A002 (the word of the whole system)
        data: JsonObject | None = None,
        *,
        trigger: str | None = None,
        job_id: str | None = None,
        correlation_id: str | None = None,
        delay_seconds: int = 0,
        unique_key: str | None = None,
        unique_seconds: int | None = None,
    ) -> Submitted:
        """Sends one job: a trigger, of which the main job makes the background job of that type.

        With `job_id` a job that was submitted before is the same job: with a table of job records it runs once, however often it is submitted.
        `delay_seconds`: at most 900. `unique_key`: while a job of the type with this key is not over, for at most `unique_seconds` (the trigger
        queue's retention, where that is not given), nothing is sent, and that job is the answer (`same_as`).

        Raises:
            InvalidRequestError: no service would read it, or another job has this id.
            NoRecordsError: there is no table, without which no job is unique.
            NotSubmittedError: SQS did not take it.
        """
        return self.submit_many(
            [
                NewJob(
                    type=type,
                    data=data,
                    trigger=trigger,
                    job_id=job_id,
                    correlation_id=correlation_id,
                    delay_seconds=delay_seconds,
                    unique_key=unique_key,
                    unique_seconds=unique_seconds,
                )
            ]
        )[0]

    def submit_many(self, jobs: Iterable[NewJob]) -> Sequence[Submitted]:
        """Sends jobs by tens, in order.

        Raises:
            InvalidRequestError: one cannot be sent: nothing was, where `jobs` is no larger than ten.
            NotSubmittedError: some were not sent; it says which were, and the ids of the others.
        """
        triggers = [_trigger(job) for job in jobs]
        submitted: list[Submitted] = []
        failed: list[str] = []
        why = ""
        for start in range(0, len(triggers), MAX_PER_CALL):
            part = triggers[start : start + MAX_PER_CALL]
            try:
                submitted += self.send(part)
            except NotSubmittedError as error:
                submitted += error.submitted
                failed += error.failed
                why = error.what
            except JobClientError as error:
                if not submitted and not failed:
                    raise
                rest = [one.job_id for one in triggers[start:]]
                raise NotSubmittedError(error.what, submitted, [*failed, *rest]) from error
        if failed:
            raise NotSubmittedError(why, submitted, failed)
        return submitted

    def send(self, triggers: Sequence[Trigger]) -> Sequence[Submitted]:
        """Sends triggers that were prepared, at most ten; each is recorded as queued before, where there is a table.

        Raises:
            InvalidRequestError: one cannot be sent, or another job has its id; nothing was sent.
            NotSubmittedError: SQS did not take some.
        """
        with _told():
            sender = self._sender
            for one in triggers:
                if (refusal := sender.refusal(one.message)) is not None:
                    raise InvalidRequestError(
                        f"SQS would refuse the trigger: {refusal}.", "send less data, or store it and send its key"
                    )
            if any(one.unique for one in triggers):
                self._table("unique_key")
            told = [self._queued(one) for one in triggers]
            to_send = [one for one, answer in zip(triggers, told, strict=True) if answer.to_send]
            try:
                lost = {to_send[one.index].job_id: one for one in sender.send([one.message for one in to_send])}
            except QueueError as error:
                what = "were not sent" if isinstance(error, QueueRefused) else "may not have been sent"
                ids = [one.job_id for one in to_send]
                raise NotSubmittedError(f"These {what} ({', '.join(ids)}): {error}", [], ids) from error
        submitted = [
            one.submitted(created=answer.created, same_as=answer.same_as)
            for one, answer in zip(triggers, told, strict=True)
            if one.job_id not in lost
        ]
        if lost:
            first = next(iter(lost.values()))
            raise NotSubmittedError(
                f"{len(lost)} of {len(triggers)} were not sent ({', '.join(lost)}): {first.code}: {first.message}",
                submitted,
                list(lost),
            )
        return submitted

    def get(self, job_id: str) -> JobRecord:
        """What the table knows of a job: of its background job, and of its trigger where that is all there is.

        Raises:
            NotFoundError: it knows nothing. NoRecordsError: there is no table.
        """
        return last_stage(self.stages(job_id))

    def stages(self, job_id: str) -> Sequence[JobRecord]:
        """The records of the trigger, if those are kept, and of the background job. Raises as `get`."""
        records = self._records("get")
        with _told():
            found = records.find(_checked(job_id))
        if not found:
            raise NotFoundError(
                f"No job {job_id} in the table {self._places.table}.",
                "check the id, the project and the environment; records end some weeks after their jobs",
            )
        return found

    def wait(self, job_id: str, timeout: float = 600.0) -> JobRecord:
        """The record of a job once it is over: completed, dead or cancelled. A job that the table does not know yet is waited for too.

        Raises:
            NotEndedError: it is not over after so many seconds. NoRecordsError: there is no table.
        """
        deadline = time.monotonic() + timeout
        for seconds in polls():
            if (record := self.over(job_id)) is not None:
                return record
            if time.monotonic() + seconds > deadline:
                raise not_ended(job_id, timeout)
            time.sleep(seconds)
        raise AssertionError

    def over(self, job_id: str) -> JobRecord | None:
        """The record of a job that is over; None: it is not, or not known yet."""
        try:
            record = self.get(job_id)
        except NoRecordsError:
            raise
        except NotFoundError:
            return None
        return record if record.status.over else None

    def list(
        self,
        *,
        status: Status | None = None,
        type: str | None = None,  # noqa: A002 (see submit)
        correlation_id: str | None = None,
        since: timedelta | datetime | None = None,
    ) -> Iterator[JobRecord]:
        """The jobs that meet all that is asked, newest first, by the time in their ids; read in pages, as far as they are taken.

        The records come from an index, which follows the table within a second as a rule, and are without lease, owner, digest and progress: `get`
        has these, and `current` of those that run. `since`: created since then, or within that time.

        Raises:
            NoRecordsError: there is no table.
        """
        if isinstance(since, timedelta):
            since = datetime.now(UTC) - since
        listing = JobListing(self._dynamodb, self._table("list"))
        found = listing.newest(
            status=status,
            job_type=type,
            correlation_id=correlation_id,
            since_ms=None if since is None else int(since.timestamp() * 1000),
        )
        return _each(found)

    def current(self, records: Sequence[JobRecord]) -> Sequence[JobRecord]:
        """Listed records, those that run as the table has them now: with progress and lease. A call for each hundred of them."""
        running = [one.key for one in records if one.status is Status.RUNNING]
        if not running:
            return records
        listing = JobListing(self._dynamodb, self._table("current"))
        with _told():
            now = listing.whole(running)
        return [now.get(one.key, one) for one in records]

    def cancel(self, job_id: str, reason: str = "asked for") -> JobRecord:
        """Ends a job that waits, at once: it never runs. One that runs is asked to end, which it learns within ten seconds.

        Raises:
            JobOverError: it is over. NotFoundError: the table does not know it. NoRecordsError: there is no table.
        """
        if not reason or len(reason) > MAX_REASON_CHARACTERS:
            raise InvalidRequestError(
                f"A reason has 1 to {MAX_REASON_CHARACTERS} characters, not {len(reason)}.", "shorten it"
            )
        found = self.stages(job_id)
        with _told():
            records = self._records("cancel", kept=self._keeping)
            answers = [records.cancel(one.key, reason) for one in found if not one.status.over]
        cancelled = [one for one in answers if isinstance(one, JobRecord)]
        if cancelled:
            return last_stage(cancelled)
        refused = [one for one in answers if isinstance(one, Refused)]
        if any(one.why is not Refusal.OVER for one in refused):
            raise JobClientError(f"Job {job_id} is of a newer version than this code.", "install a newer version")
        last = next((one.record for one in refused if one.record), last_stage(found))
        raise JobOverError(f"Job {job_id} is over: {last.status.value}.", "nothing is left to cancel")

    def descendants(self, job_id: str) -> Sequence[JobRecord]:
        """The jobs that it queued, and those that these queued, as the index has them, where the children of a batch are left out: they hear of
        its cancel themselves. Raises as `list`.

        The id of a job that a handler queues has the time of its own job: they all stand at one place of the index.
        """
        made_ms = job_id_ms(_checked(job_id))
        listing = JobListing(self._dynamodb, self._table("descendants"))
        with _told():
            near = {one.key: one for one in listing.newest(since_ms=made_ms, until_ms=made_ms + 1)}
        batches = {key.job_id for key in near if key.stage == BATCH}
        found: list[JobRecord] = []
        last = {job_id} - batches
        while last:
            below = [one for one in near.values() if one.parent in last]
            found += below
            last = {one.key.job_id for one in below} - batches
        return found

    def events(self, job_id: str) -> Sequence[JobEvent]:
        """The job's own log so far, in order; empty where it has not begun, or its log has expired."""
        logs, _ = self._clients("logs"), _checked(job_id)
        with _told():
            found = [event for group in self._places.log_groups for event in read_whole_log(logs, group, job_id)]
        return sorted(found, key=lambda event: event.at_ms)

    @cached_property
    def _queue(self) -> Mapping[str, str]:
        names = ["MaximumMessageSize", "MessageRetentionPeriod"]
        sqs: Any = self._clients("sqs")
        found = sqs.get_queue_attributes(QueueUrl=self._places.queue_url, AttributeNames=names)["Attributes"]
        return dict(found)

    @cached_property
    def _sender(self) -> SqsSender:
        calls = BotoCalls(self._clients("sqs"))
        return SqsSender(calls, self._places.queue_url, max_bytes=int(self._queue["MaximumMessageSize"]))

    @property
    def _keeping(self) -> Keeping:
        days = load(RecordSettings, self._environ).job_record_days
        return Keeping(int(self._queue["MessageRetentionPeriod"]), days)

    def _records(self, method: str, *, kept: Keeping | None = None, now_ms: int | None = None) -> DynamoDbJobRecords:
        """`kept` where records are written."""
        clock = {} if now_ms is None else {"now_ms": lambda: now_ms}
        return DynamoDbJobRecords(self._dynamodb, self._table(method), kept or Keeping(0, 0), **clock)

    def _table(self, method: str) -> str:
        with _told():
            table = self._places.table
        if table is None:
            raise NoRecordsError(
                f"`{method}` needs job records, and there is no table of them.",
                "set job_records = true in the stack, or name the table (JOB_TABLE)",
            )
        return table

    @property
    def _dynamodb(self) -> BotoCalls:
        return BotoCalls(self._clients("dynamodb"))

    def _queued(self, trigger: Trigger) -> _Told:
        """Claims its unique key, and records it. Only the record that this call wrote has this call's time."""
        if trigger.job_type is None or self._places.table is None:
            return _Told(created=True)
        if trigger.unique is not None:
            asked = trigger.unique
            claim = Claim(job_id=trigger.job_id, type=trigger.job_type, key=asked.key, seconds=asked.seconds)
            holder = DynamoDbUniqueKeys(self._dynamodb, self._places.table, self._keeping).claim(claim)
            if holder != trigger.job_id:
                return _Told(created=False, to_send=False, same_as=_checked(holder))
        now_ms = time.time_ns() // 1_000_000
        answer = self._records("submit", kept=self._keeping, now_ms=now_ms).queued(
            job_records.NewJob(
                key=Key(trigger.job_id, trigger.job_type),
                type=trigger.job_type,
                digest=job_digest(trigger.job_type, write_object(trigger.data)),
                correlation_id=trigger.correlation_id,
            )
        )
        if isinstance(answer, JobRecord):
            return _Told(created=answer.queued_at == now_ms)
        if answer.why in (Refusal.OVER, Refusal.RUNNING):
            return _Told(created=False, to_send=False)
        raise InvalidRequestError(
            f"Another job has the id {trigger.job_id} ({answer.why.value}).", "choose another id, or leave it out"
        )


def polls() -> Iterator[float]:
    """How long to wait between looks."""
    seconds = FIRST_POLL_SECONDS
    while True:
        yield seconds
        seconds = min(seconds * 1.5, MAX_POLL_SECONDS)


def not_ended(job_id: str, timeout: float) -> NotEndedError:
    return NotEndedError(
        f"Job {job_id} is not over after {timeout:g} s.",
        "`get` tells what it does, `events` what it wrote; ask again later",
    )


def _trigger(job: NewJob) -> Trigger:
    if not 0 <= job.delay_seconds <= MAX_DELAY_SECONDS:
        raise InvalidRequestError(
            f"A delay of {job.delay_seconds} s is not possible.", f"SQS delays by at most {MAX_DELAY_SECONDS} s"
        )
    try:
        text = write_object({} if job.data is None else job.data)
    except TypeError as error:
        raise InvalidRequestError(
            f"The data cannot be written as JSON: {error}.", "give a dict of JSON values"
        ) from error
    options = TriggerOptions(
        job.trigger, job.type, job.correlation_id, job.delay_seconds, job.job_id, job.unique_key, job.unique_seconds
    )
    return prepare(data_body(text, options), options)


def last_stage(records: Sequence[JobRecord]) -> JobRecord:
    """That of the background job, where there is one: a trigger's job ends before it."""
    return max(records, key=lambda one: (one.key.stage != MAIN, one.queued_at or one.began_at))


def _checked(job_id: str) -> str:
    try:
        return check_job_id(job_id)
    except Undecodable as error:
        raise InvalidRequestError(
            f"{job_id!r} is not a job id: {error}.", "give the id that `submit` answered"
        ) from error


def _each(found: Iterator[JobRecord]) -> Iterator[JobRecord]:
    while True:
        with _told():
            record = next(found, None)
        if record is None:
            return
        yield record


@contextmanager
def _told() -> Iterator[None]:
    """Around calls of AWS."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (QueueError, RecordsError) as error:
        raise JobClientError(str(error), _next_step(error.code)) from error
    except ClientError as error:
        said = error.response.get("Error", {})
        raise JobClientError(
            f"{error.operation_name} failed: {said.get('Code', '')}: {said.get('Message', '')}",
            _next_step(said.get("Code", "")),
        ) from error
    except BotoCoreError as error:
        raise JobClientError(f"AWS cannot be asked: {error}", AGAIN) from error


def _next_step(code: str) -> str:
    return RIGHTS if code in NO_PERMISSION else AGAIN
