"""How long each hop of a trigger took."""

from __future__ import annotations

from jobtools.deploy.hops import hops_of, told
from jobtools.look.job_event import JobEvent


def event(at_ms: int, message: str, kind: str = "", **fields: object) -> JobEvent:
    return JobEvent(at_ms, "J", "C", "t", 1, "INFO", message, kind, fields)


MAIN = [event(1_500, "job done", seconds=0.25)]
BACKGROUND = [
    event(1_900, "started, attempt 1", "job.started", queueWaitSeconds=0.4),
    event(2_400, "completed", "job.completed", seconds=0.5),
]


def test_every_hop_has_its_time() -> None:
    assert [hop.at_ms for hop in hops_of(1_000, MAIN, BACKGROUND)] == [1_000, 1_250, 1_500, 1_900, 2_400]


def test_hops_are_told_since_the_one_before_and_since_the_beginning() -> None:
    assert told(hops_of(1_000, MAIN, BACKGROUND)) == [
        "sent                               0.00 s     0.00 s",
        "received by the main job           0.25 s     0.25 s",
        "background job queued              0.25 s     0.50 s",
        "received by the background job     0.40 s     0.90 s",
        "completed                          0.50 s     1.40 s",
    ]


def test_what_was_not_seen_is_said_and_the_next_counts_from_the_last_seen() -> None:
    lines = told(hops_of(1_000, [], BACKGROUND[:1]))
    assert lines[1] == "received by the main job        not seen"
    assert lines[2].split()[-4:] == ["0.50", "s", "0.50", "s"]
    assert lines[4].endswith("not seen")


def test_a_clock_that_is_behind_gives_no_negative_time() -> None:
    assert "-" not in "".join(told(hops_of(2_000, MAIN, BACKGROUND)))
