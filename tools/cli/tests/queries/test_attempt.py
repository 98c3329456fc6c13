"""Attempts of a job, and the task in which each ran."""

from __future__ import annotations

from jobctl.queries.attempt import attempts_of
from jobctl.queries.service_lines import ServiceLine
from jobqueue.client.job_event import JobEvent

MAIN, BACKGROUND = "main-job", "background-job"
ALIVE, OTHER, GONE = "a" * 32, "b" * 32, "c" * 32
NOW_MS = 100_000


def line(
    at_ms: int, attempt: int, task: str, service: str = BACKGROUND, event: str = "", **fields: object
) -> ServiceLine:
    return ServiceLine(service, task, JobEvent(at_ms, "J", "C", "t", attempt, "INFO", "job", event, fields))


def logged(at_ms: int, attempt: int, kind: str = "", **fields: object) -> tuple[str, JobEvent]:
    return BACKGROUND, JobEvent(at_ms, "J", "C", "t", attempt, "INFO", "said", kind, fields)


def test_an_attempt_has_the_task_of_its_line_and_is_there_once() -> None:
    lines = [line(1_500, 1, "task-m", MAIN, outcome="done", seconds=0.5), line(3_000, 1, "task-b", outcome="done")]
    events = [logged(2_000, 1, "job.started"), logged(3_000, 1, "job.completed", seconds=1.0)]
    assert [(one.service, one.number, one.outcome, one.task) for one in attempts_of(lines, events, NOW_MS)] == [
        (MAIN, 1, "done", "task-m"),
        (BACKGROUND, 1, "done", "task-b"),
    ]


def test_an_attempt_that_goes_on_has_the_task_that_its_beginning_names_and_its_age() -> None:
    events = [logged(2_000, 2, "job.started", task=ALIVE)]
    (one,) = attempts_of([line(2_100, 2, GONE)], events, NOW_MS, {ALIVE})
    assert (one.outcome, one.number, one.seconds, one.task) == ("running", 2, 98.0, ALIVE)


def test_an_attempt_whose_task_is_gone_is_lost_and_one_past_its_timeout_hangs() -> None:
    events = [
        logged(1_000, 1, "job.started", task=GONE),
        logged(2_000, 2, "job.started", task=ALIVE),
        logged(3_000, 3, "job.started", task=OTHER),
    ]
    lines = [line(32_000, 2, ALIVE, event="job.hung")]
    assert [(one.outcome, one.task, one.seconds) for one in attempts_of(lines, events, NOW_MS, {ALIVE, OTHER})] == [
        ("lost", GONE, None),
        ("hung", ALIVE, 98.0),
        ("running", OTHER, 97.0),
    ]


def test_an_attempt_without_a_log_is_known_by_what_its_worker_tells_while_it_runs() -> None:
    told = line(4_000, 2, ALIVE, MAIN, event="job.started", seconds=2.0)
    (one,) = attempts_of([told], [], NOW_MS, {ALIVE})
    assert (one.service, one.number, one.began_ms, one.outcome, one.task) == (MAIN, 2, 2_000, "running", ALIVE)
    (one,) = attempts_of([told, line(9_000, 2, ALIVE, MAIN, outcome="done", seconds=7.0)], [], NOW_MS, {ALIVE})
    assert (one.outcome, one.seconds) == ("done", 7.0)


def test_a_worker_outside_of_ecs_is_never_lost() -> None:
    (one,) = attempts_of([], [logged(2_000, 1, "job.started", task="laptop-17")], NOW_MS, {ALIVE})
    assert (one.outcome, one.task) == ("running", "laptop-17")


def test_an_attempt_of_which_only_the_log_tells_has_no_task() -> None:
    events = [
        logged(2_000, 1, "job.started"),
        logged(2_400, 1, "job.failed", outcome="retry", seconds=0.4, error="no", errorType="E"),
    ]
    (one,) = attempts_of([], events, NOW_MS)
    assert (one.outcome, one.seconds, one.error, one.task) == ("retry", 0.4, "E: no", "")


def test_a_redriven_job_s_first_attempt_is_not_taken_for_the_one_before_its_death() -> None:
    lines = [line(2_400, 1, "task-1", outcome="reject", seconds=0.4, reason="simulated")]
    events = [
        logged(2_000, 1, "job.started"),
        logged(2_400, 1, "job.failed", outcome="reject", reason="simulated", seconds=0.4),
        logged(90_000, 1, "job.started"),
    ]
    assert [(one.began_ms, one.number, one.outcome) for one in attempts_of(lines, events, NOW_MS)] == [
        (2_000, 1, "reject"),
        (90_000, 1, "running"),
    ]


def test_a_line_stands_for_the_run_that_began_nearest_to_it() -> None:
    lines = [line(90_500, 1, "task-2", outcome="done", seconds=0.5)]
    events = [logged(2_000, 1, "job.started"), logged(90_000, 1, "job.started"), logged(90_500, 1, "job.completed")]
    assert [(one.began_ms, one.outcome) for one in attempts_of(lines, events, NOW_MS)] == [
        (2_000, "running"),
        (90_000, "done"),
    ]
