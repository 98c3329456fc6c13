"""The fate of every trigger, read after everything has ended: from the job logs, from the events on stdout that CloudWatch did not confirm in time,
and from the dead-letter queues."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Any

from jobqueue.consumer.job_records import MAIN, JobRecord, Key, Status
from jobqueue.dynamodb.items import read_record
from jobqueue.messages.dead_letter import REASON
from jobqueue.messages.job_id import job_log_stream

from .cancels import STAGE
from .flow import JOBS_DLQ, TRIGGERS_DLQ, Flow
from .plan import COMPLETED, WORKER_LOST, Fate, Planned

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from mypy_boto3_sqs.type_defs import MessageTypeDef

    from .worker import Line

NUMBER = re.compile(r'"number": ?(\d+)')
"""In every body that ever travelled, also in one that is not JSON."""
OVERFLOW = "job-streams-overflow/"
STDOUT = "stdout"
"""Where an event stands that a stop gave up, its call having hung for longer than the flush's budget."""


class Evidence:
    """By trigger number: `fates`, `job_ids`. By job id: `events`, with their streams."""

    def __init__(self, flow: Flow, lines: Sequence[Line]) -> None:
        self.fates: dict[int, set[Fate]] = defaultdict(set)
        self.job_ids: dict[int, set[str]] = defaultdict(set)
        self.events: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
        self.letters: dict[int, list[MessageTypeDef]] = defaultdict(list)
        undelivered = [(STDOUT, line) for line in lines if line.get("job_log_undelivered")]
        for stream, event in chain(flow.log_events(), undelivered):
            self.events[event["jobId"]].append((stream, event))
            if "number" in event:
                self.job_ids[event["number"]].add(event["jobId"])
            if event.get("event") == "job.completed":
                self.fates[event["number"]].add(COMPLETED)
        for queue in (TRIGGERS_DLQ, JOBS_DLQ):
            for letter in flow.take_all(queue):
                self._read(queue, letter)

    def _read(self, queue: str, letter: MessageTypeDef) -> None:
        said = {name: value.get("StringValue", "") for name, value in letter.get("MessageAttributes", {}).items()}
        found = NUMBER.search(letter["Body"])
        assert found is not None, f"a dead letter that nobody sent: {letter}"
        number = int(found[1])
        self.letters[number].append(letter)
        self.fates[number].add(Fate(queue, said.get(REASON, "no reason")))
        if "jobId" in said:
            self.job_ids[number].add(said["jobId"])

    def faults_of(self, planned: Planned, records: Sequence[JobRecord] | None = None) -> list[str]:
        """The faults in one trigger's end; with `records`, in those of its jobs too."""
        faults = []
        fates, job_ids = self.fates.get(planned.number, set()), self.job_ids.get(planned.number, set())
        if records is not None and planned.cancels:
            mine = {one.key.stage: one.status for one in records if one.key.job_id == planned.cancels}
            if mine.get(STAGE) is Status.CANCELLED:
                # One that was killed between its end and the write of it may have completed before.
                return (
                    []
                    if mine.get(MAIN) is Status.COMPLETED and fates <= {COMPLETED}
                    else [f"is cancelled, and {mine}, {fates}"]
                )
        if records is not None and planned.unique:
            mine = {one.key.stage: one for one in records if one.key.job_id == planned.unique}
            if MAIN in mine and mine[MAIN].reason.startswith("duplicate of "):
                # One whose worker was killed once its job was queued may be another's duplicate when it comes again.
                ran = STAGE in mine and mine[STAGE].status is Status.COMPLETED and fates == {COMPLETED}
                return [] if ran or (STAGE not in mine and not fates) else [f"is a duplicate, and {mine}, {fates}"]
        if fates != {planned.fate}:
            faults.append(f"ended as {sorted(fates) or 'nothing'}, expected {planned.fate}")
        if len(job_ids) > 1:
            faults.append(f"has {len(job_ids)} job ids: {sorted(job_ids)}")
        if planned.fate == COMPLETED:
            faults += [fault for job_id in job_ids for fault in self.log_faults(job_id)]
        if records is not None:
            found = {one.key.stage: (one.status, one.reason) for one in records if one.key.job_id in job_ids}
            if found not in _recorded(planned.fate):
                faults.append(f"its records say {found}, expected {_recorded(planned.fate)}")
        return faults

    def condemned(self, planned: Planned) -> bool:
        """Whether it was taken for a killer without being one: strikes from outside met it on trial, twice."""
        fates = self.fates.get(planned.number, set())
        return planned.fate not in WORKER_LOST and bool(fates & WORKER_LOST) and fates - WORKER_LOST <= {planned.fate}

    def log_faults(self, job_id: str) -> list[str]:
        """The faults in a completed job's log: an attempt with `job.completed` must have its `job.started` and all its steps."""
        events = self.events[job_id]
        streams = {stream for stream, _ in events if stream != STDOUT and not stream.startswith(OVERFLOW)}
        faults = [f"logged to {stream}" for stream in streams if stream != job_log_stream(job_id)]
        if len({event["correlationId"] for _, event in events}) != 1:
            faults.append("has several correlation ids")
        completions = [event for _, event in events if event.get("event") == "job.completed"]
        if not completions:
            faults.append("its log has no job.completed")
        for completed in completions:
            attempt = [event for _, event in events if event["attempt"] == completed["attempt"]]
            if not any(event.get("event") == "job.started" for event in attempt):
                faults.append(f"attempt {completed['attempt']} lacks job.started")
            steps = {event["step"] for event in attempt if "step" in event}
            if steps != set(range(completed["steps"])):
                faults.append(f"attempt {completed['attempt']} has steps {sorted(steps)} of {completed['steps']}")
        return faults

    def story(self, number: int, lines: list[Line]) -> str:
        """All that is known of one trigger, for the message of a failed test."""
        job_ids = self.job_ids.get(number, set())
        logged = [f"{stream}: {json.dumps(event)[:300]}" for job_id in job_ids for stream, event in self.events[job_id]]
        said = [json.dumps(line)[:300] for line in lines if line.get("jobId") in job_ids]
        letters = [json.dumps(letter)[:600] for letter in self.letters.get(number, [])]
        return "\n    ".join(["  job log:", *logged, "dead letters:", *letters, "stdout, last lines:", *said[-10:]])

    def repeated(self) -> int:
        """Jobs that completed in more than one attempt: killed between the job's end and its delete, or doubled by a lost answer."""
        attempts = defaultdict(set)
        for job_id, events in self.events.items():
            attempts[job_id] = {event["attempt"] for _, event in events if event.get("event") == "job.completed"}
        return sum(len(numbers) > 1 for numbers in attempts.values())

    def on_stdout_alone(self) -> int:
        """Jobs none of whose events reached CloudWatch Logs."""
        return sum(all(stream == STDOUT for stream, _ in events) for events in self.events.values())

    def never_begun(self, job_ids: Collection[str]) -> bool:
        """Whether no attempt of these jobs began."""
        return not any(event.get("event") == "job.started" for one in job_ids for _, event in self.events.get(one, []))


def _recorded(fate: Fate) -> list[dict[str, tuple[Status, str]]]:
    """What the records may say of the trigger and of its job. There is none of what could not be read."""
    done, dead = (Status.COMPLETED, ""), (Status.DEAD, fate.reason)
    if fate.where == TRIGGERS_DLQ:
        return [{MAIN: dead}, {}] if fate.reason in ("malformed_json", "wrong_schema") else [{MAIN: dead}]
    return [{MAIN: done, STAGE: done if fate == COMPLETED else dead}]


def overlapping(writes: Iterable[Mapping[str, Any]], keys: Mapping[str, str]) -> list[str]:
    """The jobs that were written while another with their unique key was not over. `keys` by job id."""
    faults, open_jobs = [], defaultdict[str, set[str]](set)
    for item in writes:
        key = keys.get(item["jobId"]["S"])
        if key is None or item["stage"]["S"] != STAGE:
            continue
        record = read_record(item)
        if record.status.over:
            open_jobs[key].discard(record.key.job_id)
            continue
        open_jobs[key].add(record.key.job_id)
        if len(open_jobs[key]) > 1:
            faults.append(f"{key} is that of {sorted(open_jobs[key])}, by the write of {record}")
    return faults


def begun_wrongly(writes: Iterable[Mapping[str, Any]]) -> list[str]:
    """The attempts that began beside another's live lease, or once their job was completed or cancelled; by the table's writes, in order."""
    faults, before = [], dict[Key, JobRecord]()
    for item in writes:
        if "status" not in item or "#" in item["stage"]["S"]:
            continue
        record = read_record(item)
        earlier = before.get(record.key)
        if earlier is not None and record.status is Status.RUNNING and record.owner != earlier.owner:
            if earlier.held(record.began_at):
                faults.append(f"{record.key} began beside a live lease: {earlier}, {record}")
            # A dead one may begin again for a message that was sent after its death (docs/decisions/0050).
            if earlier.status in (Status.COMPLETED, Status.CANCELLED) or earlier.cancel:
                faults.append(f"{record.key} began after it was over or cancelled: {earlier}, {record}")
        before[record.key] = record
    return faults
