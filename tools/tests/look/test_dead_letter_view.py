"""Is a dead-letter queue shown with its reasons?"""

from __future__ import annotations

from collections.abc import Callable

from rich.console import RenderableType

from jobtools.look.dead_letter import DeadLetter
from jobtools.look.dead_letter_view import dead_letters_view


def letter(reason: str, number: int, error: str = "boom") -> DeadLetter:
    job_id = f"01K000000000000000000000{number:02}" if number else ""
    return DeadLetter("jobs-dlq", f"m-{number}", reason, error, "background-job 1", job_id, "", number, "{}")


def test_an_empty_queue_is_said_to_be_empty(shown: Callable[[RenderableType], str]) -> None:
    assert shown(dead_letters_view("jobs-dlq", [])) == "jobs-dlq: empty"


def test_one_letter_is_a_row(shown: Callable[[RenderableType], str]) -> None:
    assert (
        shown(dead_letters_view("jobs-dlq", [letter("attempts_exhausted", 5)]))
        == """\
jobs-dlq: 1 dead letter
reason              tries  job id                      last error
─────────────────────────────────────────────────────────────────
attempts_exhausted      5  01K00000000000000000000005  boom"""
    )


def test_many_letters_are_counted_by_reason_and_the_first_are_shown(shown: Callable[[RenderableType], str]) -> None:
    letters = [letter("moved_by_sqs", 0, error=""), *(letter("too_large", number) for number in range(1, 11))]
    assert (
        shown(dead_letters_view("jobs-dlq", letters))
        == """\
jobs-dlq: 11 dead letters
count  reason
───────────────────
   10  too_large
    1  moved_by_sqs

reason        tries  job id                      last error
───────────────────────────────────────────────────────────
moved_by_sqs      -  -                           -
too_large         1  01K00000000000000000000001  boom
too_large         2  01K00000000000000000000002  boom
too_large         3  01K00000000000000000000003  boom
too_large         4  01K00000000000000000000004  boom
and 6 more"""
    )


def test_text_from_outside_is_never_read_as_markup(shown: Callable[[RenderableType], str]) -> None:
    assert "[red]x[/red]" in shown(dead_letters_view("jobs-dlq", [letter("simulated", 1, error="[red]x[/red]")]))
