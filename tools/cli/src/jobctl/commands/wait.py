"""Waits for submitted jobs: reads their records, or their logs where there are none, until each has ended, or the time is up."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.text import Text

from jobctl.errors import DeadLetterError, NotEndedError
from jobctl.queries.job_state import JobState, states_of
from jobctl.queries.recorded import state_of
from jobctl.queries.service_lines import ATTEMPT_WORD, ServiceLine, ServiceLines
from jobctl.views.job_states_view import STYLES
from jobctl.views.visible import one_line
from jobqueue.client.job_log import BEFORE_MS, read_job_log

if TYPE_CHECKING:
    from jobctl.cli import Cli
    from jobqueue.client.triggers import Trigger

POLL_SECONDS = 1.0
NOT_ENDED = "not ended"
DONE = "done"
"""The end of a trigger that asks for no background job."""
RECORDS_PER_POLL = 50
"""A Query each: with the pause between polls, about a second."""
LOGS_PER_POLL = 10
"""The quota of GetLogEvents is 25 calls a second in an account and Region ("CloudWatch Logs quotas"), shared with others."""


def wait_for_all(cli: Cli, sent: Sequence[Trigger], limit_seconds: float) -> None:
    """Prints how each job ended, as soon as it is known; then the jobs that have not ended when the wait is over.

    Raises:
        DeadLetterError: at least one ended as a dead letter. NotEndedError: the time is up.
        botocore.exceptions.ClientError: a log could not be read.
    """
    if not sent:
        return
    waiting = {one.job_id: one for one in sent}
    with _unfinished_printed(cli, waiting):
        dead = _watch(cli, sent, waiting, limit_seconds)
    if dead:
        raise DeadLetterError(
            f"{len(dead)} of {len(sent)} jobs became dead letters: {_some(dead)}.", "`jobctl show ID` tells why"
        )


def _watch(cli: Cli, sent: Sequence[Trigger], waiting: dict[str, Trigger], limit_seconds: float) -> list[str]:
    """Removes the jobs that have ended from `waiting`; returns the ids of dead letters."""
    dead: list[str] = []
    looks = Looks(cli, sent)
    deadline = time.monotonic() + limit_seconds
    with cli.output.progress("waiting") as progress:
        while True:
            looks.read_lines()
            for one in list(waiting.values())[: looks.most]:
                state = looks.state(one)
                del waiting[one.job_id]
                if state is not None and _ended(state, one):
                    _print_end(cli, one, state)
                    dead += [one.job_id] if state.status == "dead letter" else []
                else:
                    waiting[one.job_id] = one  # behind the others
            if not waiting:
                return dead
            if time.monotonic() > deadline:
                raise NotEndedError(
                    f"{len(waiting)} of {len(sent)} jobs have not ended within {limit_seconds:.0f} s: {_some(list(waiting))}.",
                    "`jobctl show ID` tells where one is, `jobctl status` whether the services run",
                )
            progress(f"waiting for {len(waiting)} of {len(sent)}")
            time.sleep(POLL_SECONDS)


class Looks:
    """How each job stands. What the main job rejects, or is no job, its output tells alone; the end of a job its record, where there is one, and
    else its log, which also has a dead letter's error."""

    def __init__(self, cli: Cli, sent: Sequence[Trigger]) -> None:
        self._cli = cli
        self._logs, self._stack = cli.session.client("logs"), cli.session.stack
        self._lines: dict[str, list[ServiceLine]] = {}
        self._recorded = self._stack.job_table is not None
        groups = {name: service.log_group for name, service in self._stack.services.items()}
        word = sent[0].job_id if len(sent) == 1 else ATTEMPT_WORD
        self._reader = ServiceLines(self._logs, groups, sent[0].sent_ms - BEFORE_MS, word)

    @property
    def most(self) -> int:
        """Of a poll."""
        return RECORDS_PER_POLL if self._recorded else LOGS_PER_POLL

    def read_lines(self) -> None:
        """Before each poll."""
        for line in self._reader.fresh():
            self._lines.setdefault(line.line.job_id, []).append(line)

    def state(self, one: Trigger) -> JobState | None:
        """None: nothing is known of it."""
        if not self._recorded or not one.job_type:
            return self._logged(one)
        found = self._cli.recorded(lambda jobs: (jobs.over(one.job_id),))
        if found is None:
            self._recorded = False
            return self._logged(one)
        (record,) = found
        if record is None:
            return self._logged(one, read=False)
        state = state_of(record, time.time() * 1000)
        logged = self._logged(one) if state.status == "dead letter" else None
        return logged if logged is not None and logged.ended else state

    def _logged(self, one: Trigger, *, read: bool = True) -> JobState | None:
        groups = [service.log_group for service in self._stack.with_job_logs] if read else ()
        events = [event for group in groups for event in read_job_log(self._logs, group, one.job_id)]
        states = states_of((line.line for line in self._lines.get(one.job_id, ())), events)
        return states[0] if states else None


@contextmanager
def _unfinished_printed(cli: Cli, waiting: Mapping[str, Trigger]) -> Iterator[None]:
    """Prints the ids of the jobs that have not ended, also after Ctrl-C: they are known nowhere else."""
    try:
        yield
    finally:
        for one in waiting.values():
            view = Text.assemble(f"{one.job_id}  ", (NOT_ENDED, "yellow"))
            cli.output.line(view, {"job_id": one.job_id, "trace_id": one.trace_id, "status": NOT_ENDED})


def _ended(state: JobState, one: Trigger) -> bool:
    return state.ended or (state.status == "queued" and one.job_type is None)


def _print_end(cli: Cli, one: Trigger, state: JobState) -> None:
    seconds = max(0.0, (state.last_ms - one.sent_ms) / 1000)
    status = state.status if state.ended else DONE
    result = {"job_id": one.job_id, "trace_id": one.trace_id, "status": status, "seconds": seconds}
    why = one_line(state.reason or state.error)
    view = Text.assemble(
        f"{one.job_id}  ", (status, STYLES.get(status, "green")), f"  {seconds:.1f} s", f"  {why}" if why else ""
    )
    cli.output.line(view, result | {"attempts": state.attempts, "reason": state.reason, "error": state.error})


def _some(ids: Sequence[str], most: int = 5) -> str:
    return ", ".join(ids[:most]) + (f" and {len(ids) - most} more" if len(ids) > most else "")
