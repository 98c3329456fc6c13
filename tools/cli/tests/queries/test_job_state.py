"""The state of a job, derived from log lines."""

from __future__ import annotations

from typing import Any

import pytest

from jobctl.queries.attempt import attempts_of
from jobctl.queries.job_state import marked_lost, states_of
from jobctl.queries.service_lines import ServiceLine
from jobqueue.client.job_event import JobEvent, read_log_line

JOB = "01M85DNG76CJA6HHV4GJ30AD12"


def event(at_ms: int, name: str = "", attempt: int = 1, **fields: Any) -> JobEvent:
    return JobEvent(at_ms, JOB, "order-1", "simulate", attempt, "INFO", name, name, fields)


HANDLED = event(10, outcome="done", seconds=0.002)
STARTED = event(20, "job.started")
FAILED = event(30, "job.failed", outcome="retry", error="no", seconds=0.01)
REJECTED = event(50, "job.failed", 2, outcome="reject", reason="attempts_exhausted", error="no")


@pytest.mark.parametrize(
    ("handled", "logged", "status"),
    [
        ([HANDLED], [], "queued"),
        ([event(10, outcome="retry")], [], "retrying"),
        ([event(10, outcome="reject", reason="wrong_schema")], [], "dead letter"),
        ([HANDLED], [STARTED], "running"),
        ([HANDLED], [STARTED, event(25)], "running"),
        ([HANDLED], [STARTED, FAILED], "retrying"),
        ([HANDLED], [STARTED, FAILED, event(40, "job.started", 2)], "running"),
        ([HANDLED], [STARTED, FAILED, REJECTED], "dead letter"),
        ([HANDLED], [STARTED, event(30, "job.cancelled", outcome="cancelled", reason="no longer needed")], "cancelled"),
        ([event(10, outcome="cancelled", reason="no longer needed")], [], "cancelled"),
        ([HANDLED], [REJECTED, event(60, "job.started")], "running"),
        ([HANDLED], [REJECTED, event(60, "job.started"), event(61, "job.completed")], "completed"),
    ],
)
def test_the_last_word_counts(handled: list[JobEvent], logged: list[JobEvent], status: str) -> None:
    (state,) = states_of(handled, logged)
    assert state.status == status


def test_lines_without_a_job_are_no_jobs() -> None:
    assert states_of([read_log_line(1, "plain text"), read_log_line(2, '{"outcome": "done"}')], []) == []


def test_an_attempt_has_its_task_from_the_output_and_its_beginning_from_the_log_while_it_runs() -> None:
    lines = [ServiceLine("main-job", "a1", HANDLED), ServiceLine("background-job", "b2", FAILED)]
    logged = [("background-job", one) for one in (STARTED, FAILED, event(40, "job.started", 2, version="1.2"))]
    first, failed, running = attempts_of(lines, logged, 100_000)
    assert (first.service, first.task, first.began_ms) == ("main-job", "a1", 8.0)
    assert (failed.number, failed.task, failed.outcome, failed.error) == (1, "b2", "retry", "no")
    assert (running.number, running.task, running.outcome) == (2, "", "running")


TASK, OTHER = "a" * 32, "b" * 32
HUNG = event(300_020, "job.hung", seconds=300.0)
AGAIN = event(360_000, "job.started", 2, task=OTHER)


@pytest.mark.parametrize(
    ("handled", "logged", "said"),
    [
        ([HANDLED], [event(20, "job.started", task=TASK)], ("running", 1, TASK, "")),
        ([HANDLED, HUNG], [event(20, "job.started", task=TASK)], ("hung", 1, TASK, "")),
        ([HANDLED, HUNG], [event(20, "job.started", task=TASK), AGAIN], ("running", 2, OTHER, "attempt 1 hung")),
        ([event(2_010, "job.started", task=TASK, seconds=2.0)], [], ("running", 1, TASK, "")),
        ([event(2_010, "job.started", task=TASK, seconds=2.0), HUNG], [], ("hung", 1, TASK, "")),
        ([HUNG, event(400_000, outcome="done")], [], ("queued", 1, "", "")),
        ([HUNG], [event(20, "job.started", task=TASK), event(400_000, "job.completed")], ("completed", 1, TASK, "")),
    ],
)
def test_an_attempt_under_way_is_known_by_its_task_and_whether_it_hangs(
    handled: list[JobEvent], logged: list[JobEvent], said: tuple[str, int, str, str]
) -> None:
    (state,) = states_of(handled, logged)
    assert (state.status, state.attempts, state.task, state.error) == said


@pytest.mark.parametrize(("alive", "status"), [({TASK}, "hung"), ({OTHER}, "lost"), (set(), "lost")])
def test_an_attempt_whose_task_is_gone_is_lost_whatever_it_was(alive: set[str], status: str) -> None:
    states = states_of([HANDLED, HUNG], [event(20, "job.started", task=TASK)])
    assert [one.status for one in marked_lost(states, alive)] == [status]


def test_what_has_ended_is_not_lost_with_its_task() -> None:
    states = states_of([HANDLED], [event(20, "job.started", task=TASK), event(30, "job.completed")])
    assert marked_lost(states, set()) == states
