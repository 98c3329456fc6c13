"""The newest jobs and their states: from job records, or those of the last minutes, read incrementally from the logs.

A read makes one FilterLogEvents for each service's output and one for each service's job logs, as long as they fit into a page. Lines and states are
those of `jobctl list` (`states_of`). If a stack writes more than `MAX_PAGES` pages between two reads, the reader goes on from the present and
reports that it left some out. Used by the reading thread only.
"""

from __future__ import annotations

import time
from itertools import islice
from typing import Any

from jobctl.queries.job_state import JobState, states_of
from jobctl.queries.recorded import state_of
from jobctl.queries.service_lines import ATTEMPT_WORD, ServiceLines
from jobqueue.client import JobClient
from jobqueue.client.job_event import JobEvent
from jobqueue.client.job_log import JOB_STREAMS, read_job_events
from jobqueue.client.log_lines import LATE_MS
from jobqueue.client.stack import Stack

FIRST_MS = 600_000
"""How far back the first read looks."""
MAX_PAGES = 3
"""Pages of each group for each read; a page has 1 MB or 10,000 events ("FilterLogEvents")."""
LAG_MS = 120_000
"""If the newest event of a read is older than this, the reader is behind. The longest pause between two reads is a minute."""
MAX_JOBS = 200
"""Jobs that are kept; `jobctl list` finds more."""
MAX_RECORDED = 100
"""Jobs that are read from records: so many are in the first page of each of the index's partitions, as a rule."""


class RecordedJobs:
    """Reads job records: a Query for each of the index's 24 partitions, and one call for those that run."""

    left_out = False

    def __init__(self, jobs: JobClient) -> None:
        self._jobs = jobs

    def read(self) -> list[JobState]:
        """The jobs, the newest first. Raises JobClientError."""
        records = self._jobs.current([*islice(self._jobs.list(), MAX_RECORDED)])
        now_ms = time.time() * 1000
        return [state_of(record, now_ms) for record in records]


class RecentJobs:
    """Owns the events of the newest jobs. `left_out`: whether the last read left some out."""

    def __init__(self, logs: Any, stack: Stack) -> None:
        self._logs = logs
        self._stack = stack
        self._handled: dict[str, list[JobEvent]] = {}
        self._logged: dict[str, dict[tuple[int, int, str, str], JobEvent]] = {}
        self._first = True
        self.left_out = False
        self._begin(time.time_ns() // 1_000_000 - FIRST_MS)

    def read(self) -> list[JobState]:
        """The jobs, the newest first. Raises ClientError: no such group, no permission."""
        newest_ms = max([*self._read_lines(), *self._read_logs()], default=None)
        now_ms = time.time_ns() // 1_000_000
        self.left_out = not self._first and newest_ms is not None and newest_ms < now_ms - LAG_MS
        self._first = False
        if self.left_out:
            self._begin(now_ms - LATE_MS)
        return self._newest()

    def _begin(self, since_ms: int) -> None:
        groups = {name: service.log_group for name, service in self._stack.services.items()}
        self._lines = ServiceLines(self._logs, groups, since_ms, ATTEMPT_WORD, max_pages=MAX_PAGES)
        self._since_ms = {service.name: since_ms for service in self._stack.with_job_logs}

    def _read_lines(self) -> list[int]:
        """Reads the services' output; returns the times of the new lines."""
        lines = [one.line for one in self._lines.fresh() if one.line.job_id]
        for line in lines:
            self._handled.setdefault(line.job_id, []).append(line)
        return [line.at_ms for line in lines]

    def _read_logs(self) -> list[int]:
        fresh = []
        for service in self._stack.with_job_logs:
            since_ms = self._since_ms[service.name]
            events = read_job_events(self._logs, service.log_group, since_ms, streams=JOB_STREAMS, max_pages=MAX_PAGES)
            for event in events:
                known = self._logged.setdefault(event.job_id, {})
                key = (event.at_ms, event.attempt, event.event, event.message)
                if key not in known:
                    known[key] = event
                    fresh.append(event.at_ms)
            if events:
                self._since_ms[service.name] = max(since_ms, events[-1].at_ms - LATE_MS)
        return fresh

    def _newest(self) -> list[JobState]:
        handled = (line for lines in self._handled.values() for line in lines)
        logged = (event for events in self._logged.values() for event in events.values())
        states = sorted(states_of(handled, logged), key=lambda one: one.last_ms, reverse=True)[:MAX_JOBS]
        kept = {one.job_id for one in states}
        self._handled = {job_id: lines for job_id, lines in self._handled.items() if job_id in kept}
        self._logged = {job_id: events for job_id, events in self._logged.items() if job_id in kept}
        return states
