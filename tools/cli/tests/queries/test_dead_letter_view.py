"""The view of a dead-letter queue and its reasons."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import RenderableType

from jobctl.queries.dead_letter_groups import LetterSummary
from jobctl.views.dead_letter_view import dead_letters_view, reasons_view

View = Callable[[RenderableType], str]


def letter(reason: str, number: int, error: str = "boom") -> LetterSummary:
    return LetterSummary(
        "jobs", f"m-{number}", f"J{number}", reason, "simulate", error, 1_767_225_600_000 + 1000 * number
    )


def test_an_empty_queue_is_said_to_be_empty(shown: View) -> None:
    assert shown(dead_letters_view("jobs-dlq", [])) == "jobs-dlq: no dead letters"


def test_each_reason_job_type_and_error_is_a_row_and_the_most_come_first(shown: View) -> None:
    letters = [letter("moved_by_sqs", 0, error=""), *(letter("too_large", number) for number in range(1, 11))]
    assert (
        shown(dead_letters_view("jobs-dlq", letters))
        == """\
jobs-dlq: 11 dead letters
reason, job type  count  error  oldest UTC
──────────────────────────────────────────────
too_large            10  boom   J1
simulate                        01-01 00:00:01
moved by SQS          1  -      J0
simulate                        01-01 00:00:00"""
    )


def test_no_word_of_an_error_is_cut_at_80_columns(shown: View) -> None:
    error = "job type 'x' is not one of main-job-processing, simulate: add it to this service's table"
    text = shown(dead_letters_view("jobs-dlq", [letter("attempts_exhausted", 1, error)]))
    assert {*error.split()} <= {*text.split()}


def test_what_was_not_looked_at_is_said(shown: View) -> None:
    text = shown(dead_letters_view("jobs-dlq", [letter("simulated", 1)], hidden=3, more=True))
    assert "jobs-dlq: the first 1 dead letter" in text
    assert "SQS counts 3 more as hidden" in text


def test_several_queues_in_short(shown: View) -> None:
    text = shown(reasons_view([("a-dlq", "moved_by_sqs", 2), ("b-dlq", "simulated", 1)]))
    assert [line.split() for line in text.splitlines()[2:]] == [
        ["a-dlq", "moved", "by", "SQS", "2"],
        ["b-dlq", "simulated", "1"],
    ]
    assert shown(reasons_view([])) == "none"


def test_text_from_outside_is_never_read_as_markup(shown: View) -> None:
    assert "[red]x[/red]" in shown(dead_letters_view("jobs-dlq", [letter("simulated", 1, error="[red]x[/red]")]))
