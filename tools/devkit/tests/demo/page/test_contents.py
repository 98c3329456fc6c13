"""What the page shows: what went wrong first, and only ordinary rows left out where there are too many."""

from __future__ import annotations

from devkit.demo.page.contents import MAX_ROWS, contents_of

from .runs import event, fate, ordinary_run, run_of, spans_of


def test_shares_add_up_and_lie_side_by_side() -> None:
    shares = contents_of(ordinary_run()).shares
    assert [(one.word, one.count) for one in shares] == [("completed", 3), ("dead letter", 2)]
    assert [(one.from_percent, one.percent) for one in shares] == [(0.0, 60.0), (60.0, 40.0)]


def test_logs_begin_with_what_went_wrong_and_keep_the_last_stack() -> None:
    logs = contents_of(ordinary_run()).logs
    assert [log.fate.trigger.number for log in logs] == [3, 2, 1, 5]
    assert [log.stack for log in logs] == ["Traceback: boom", "", "", ""]


def test_of_too_many_triggers_only_ordinary_ones_are_left_out() -> None:
    fates = [fate(number) for number in range(1, MAX_ROWS + 3)]
    fates[-1] = fate(MAX_ROWS + 2, "lost")
    contents = contents_of(run_of(fates, events=[event(fates[0], "started")], spans=[]))
    assert (len(contents.rows), contents.left_out) == (MAX_ROWS, 2)
    assert contents.rows[-1].word == "lost"
    assert sum(one.count for one in contents.shares) == MAX_ROWS + 2


def test_each_trace_is_shown_once_and_one_of_which_no_span_came_not_at_all() -> None:
    lone = fate(1)
    assert [one.title for one in contents_of(run_of([lone])).traces] == ["A job from end to end"]
    dead = fate(2, "dead letter")
    shown = contents_of(run_of([lone, dead], spans=spans_of(dead))).traces
    assert [(one.title, one.fate.trigger.number) for one in shown] == [("A job that became a dead letter", 2)]


def test_an_empty_dead_letter_queue_has_its_place() -> None:
    queues = contents_of(run_of([fate(1)])).queues
    assert [(one.queue, one.letters, one.groups) for one in queues] == [("triggers-dlq", [], []), ("jobs-dlq", [], [])]
