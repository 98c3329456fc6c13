"""The timeline of a trigger."""

from __future__ import annotations

from jobctl.environment.timeline import events_of, lines
from jobqueue.client.job_event import JobEvent


def event(at_ms: int, message: str, kind: str = "", **fields: object) -> JobEvent:
    return JobEvent(at_ms, "J", "C", "t", 1, "INFO", message, kind, fields)


MAIN = [event(1_500, "job done", seconds=0.25, outcome="done")]
BACKGROUND = [
    event(1_900, "started, attempt 1", "job.started", queueWaitSeconds=0.4),
    event(2_400, "completed", "job.completed", seconds=0.5),
]


def names(main: list[JobEvent], background: list[JobEvent]) -> list[tuple[str, float | None]]:
    return [(one.what, one.at_ms) for one in events_of(1_000, main, background)]


def test_what_the_main_job_rejected_was_never_a_background_job() -> None:
    assert names([event(1_500, "job failed: no", "job.failed", seconds=0.25, outcome="reject", reason="r")], []) == [
        ("sent", 1_000),
        ("received by the main job", 1_250),
        ("rejected by the main job", 1_500),
    ]
    unread = event(1_500, "not handled: wrong_schema", "job.rejected", outcome="reject", reason="wrong_schema")
    assert names([unread], [])[1:] == [("received by the main job", 1_500), ("rejected by the main job", 1_500)]


def test_what_asked_for_no_background_job_ends_with_the_main_job() -> None:
    assert names(MAIN, [])[1:] == [("received by the main job", 1_250), ("done by the main job", 1_500)]


def test_each_further_attempt_is_an_event() -> None:
    again = [event(1_200, "job failed: no", "job.failed", seconds=0.1, outcome="retry"), *MAIN]
    retried = [
        BACKGROUND[0],
        event(2_000, "failed: no", "job.failed", seconds=0.1, outcome="retry"),
        JobEvent(3_000, "J", "C", "t", 2, "INFO", "started, attempt 2", "job.started", {"queueWaitSeconds": 1.5}),
        event(3_400, "completed", "job.completed", seconds=0.4),
    ]
    assert names(again, retried) == [
        ("sent", 1_000),
        ("received by the main job", 1_100),
        ("attempt 1", 1_250),
        ("background job queued", 1_500),
        ("received by the background job", 1_900),
        ("attempt 2", 3_000),
        ("completed", 3_400),
    ]


def test_a_background_job_that_was_rejected_is_not_completed() -> None:
    rejected = [BACKGROUND[0], event(2_000, "failed: no", "job.failed", seconds=0.1, outcome="reject")]
    assert names(MAIN, rejected)[-1] == ("rejected by the background job", 2_000)
    assert names(MAIN, rejected[:1])[-1] == ("completed", None)


def test_times_are_since_the_event_before_and_since_the_beginning() -> None:
    assert lines(events_of(1_000, MAIN, BACKGROUND)) == [
        "sent                               0.00 s     0.00 s",
        "received by the main job           0.25 s     0.25 s",
        "background job queued              0.25 s     0.50 s",
        "received by the background job     0.40 s     0.90 s",
        "completed                          0.50 s     1.40 s",
    ]


def test_what_was_not_seen_says_so_and_the_next_counts_from_the_last_seen() -> None:
    texts = lines(events_of(1_000, [], BACKGROUND[:1]))
    assert texts[1] == "received by the main job        not seen"
    assert texts[2].split()[-4:] == ["0.50", "s", "0.50", "s"]
    assert texts[4].endswith("not seen")
