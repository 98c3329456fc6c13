"""All that is written about one job: its log, the lines of the services' output about it, and its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from jobctl.errors import NotFoundError, UsageError
from jobctl.queries.job_state import JobState, states_of
from jobctl.queries.service_lines import ServiceLine, ServiceLines
from jobqueue.client.job_log import BEFORE_MS, OVERFLOW, read_whole_log
from jobqueue.messages.errors import Undecodable
from jobqueue.messages.job_id import check_job_id, job_id_ms, job_log_stream

if TYPE_CHECKING:
    from jobqueue.client.job_event import JobEvent
    from jobqueue.client.stack import Stack

AFTER_MS = 3_600_000
"""How long after the last known line more are looked for in the services' output, which has no index: a last attempt, an early redrive."""


@dataclass(frozen=True)
class JobRecord:
    """`lines`: the services' output about it. `logged`: its own log's events, by the service that wrote them. `state`: None if there are none."""

    job_id: str
    lines: list[ServiceLine]
    logged: Mapping[str, list[JobEvent]]
    state: JobState | None

    @property
    def events(self) -> list[JobEvent]:
        """Its log's events, of all services."""
        return [event for events in self.logged.values() for event in events]

    @property
    def trace_id(self) -> str:
        """The W3C trace id, from the first line that has one; empty if none has."""
        lines = [*(one.line for one in self.lines), *self.events]
        return next((str(one.fields["traceId"]) for one in lines if one.fields.get("traceId")), "")


def parse_job_id(job_id: str) -> str:
    """The id in upper case, without surrounding space.

    Raises:
        UsageError: it is no job id.
    """
    try:
        return check_job_id(job_id.strip().upper())
    except Undecodable as error:
        raise UsageError(
            f"{job_id!r} is not a job id: {error}.",
            "a job id is a ULID, such as 01M85AEEW836DVTTWCAE4HFJB5; see `jobctl list`",
        ) from error


def read_log(logs: Any, stack: Stack, job_id: str) -> dict[str, list[JobEvent]]:
    """The job's log, by the service that wrote it; services without events are left out."""
    found = {one.name: read_whole_log(logs, one.log_group, job_id) for one in stack.with_job_logs}
    return {service: events for service, events in found.items() if events}


def read_record(logs: Any, stack: Stack, job_id: str) -> JobRecord:
    """The record of one job."""
    logged = read_log(logs, stack, job_id)
    made_ms = job_id_ms(job_id)
    last_ms = max([made_ms, *(event.at_ms for events in logged.values() for event in events)])
    groups = {name: service.log_group for name, service in stack.services.items()}
    lines: list[ServiceLine] = []
    since_ms, until_ms = made_ms - BEFORE_MS, last_ms + AFTER_MS
    while since_ms <= until_ms:  # each line that is found says that there may be more after it
        reader = ServiceLines(logs, groups, since_ms, job_id, until_ms=until_ms)
        lines += (one for one in reader.fresh() if one.line.job_id == job_id)
        since_ms, until_ms = until_ms + 1, max([last_ms, *(one.line.at_ms for one in lines)]) + AFTER_MS
    events = [event for one in logged.values() for event in one]
    states = states_of((one.line for one in lines), events)
    return JobRecord(job_id, lines, logged, states[0] if states else None)


def job_not_found(logs: Any, stack: Stack, job_id: str, what: str) -> NotFoundError:
    """The error for a job without lines: says where they were looked for, and whether the log has expired."""
    stream = job_log_stream(job_id)
    made = datetime.fromtimestamp(job_id_ms(job_id) / 1000, UTC)
    places = [f"log group {service.log_group}, stream {stream} and {OVERFLOW}*" for service in stack.with_job_logs]
    looked = "\n".join(f"  looked in {place}" for place in places)
    for service in stack.with_job_logs:
        days = _retention_days(logs, service.log_group)
        if days is not None and made < datetime.now(UTC) - timedelta(days=days):
            return NotFoundError(
                f"The log of job {job_id} has expired: it was created on {made:%Y-%m-%d} (UTC), {service.log_group} keeps {days} days.\n{looked}",
                "it cannot be restored; log_retention_days in the stack's variables sets how long later logs are kept",
            )
    return NotFoundError(
        f"No {what} of job {job_id}.\n{looked}\n  its id says that it was created at {made:%Y-%m-%d %H:%M:%S} UTC",
        "if that is a moment ago, wait some seconds and try again; check --environment; "
        "`jobctl status` shows whether it still waits, `jobctl dead list` whether it is a dead letter",
    )


def _retention_days(logs: Any, group: str) -> int | None:
    for found in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        if found["logGroupName"] == group:
            days = found.get("retentionInDays")
            return None if days is None else int(days)
    return None
