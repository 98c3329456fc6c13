"""The view of fates: one by one when they are few, grouped by kind when they are many."""

from __future__ import annotations

from rich.console import Console, RenderableType

from devkit.demo.fates import Fate, SentTrigger, Word
from devkit.demo.fates_view import fates_view


def shown(view: RenderableType) -> str:
    """The text of a view in 80 columns, without trailing blanks."""
    console = Console(width=80, no_color=True, force_terminal=False, highlight=False)
    with console.capture() as capture:
        console.print(view)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def fate(
    number: int, what: str, word: Word, *, reason: str = "", attempts: int = 0, seconds: float | None = None
) -> Fate:
    job_id = f"01K000000000000000000000{number:02}"
    return Fate(SentTrigger(number, what, "m", job_id, "t", 0), word, reason, job_id, attempts, seconds)


def test_few_fates_are_a_row_each() -> None:
    fates = [
        fate(1, "api_call", "completed", attempts=2, seconds=1.26),
        fate(2, "malformed", "dead letter", reason="malformed_json", attempts=1),
        fate(3, "test", "lost"),
    ]
    assert (
        shown(fates_view(fates))
        == """\
#  trigger    fate         tries   took  job id
───────────────────────────────────────────────────────────────────
1  api_call   completed        2  1.3 s  01K00000000000000000000001
2  malformed  dead letter      1      -  01K00000000000000000000002
3  test       lost             -      -  01K00000000000000000000003"""
    )


def test_many_fates_are_grouped_and_the_lost_one_leads_the_first_rows() -> None:
    fates = [fate(n, "test", "completed", attempts=1 + n % 2, seconds=n / 10) for n in range(1, 22)]
    fates.append(fate(22, "test", "lost"))
    assert (
        shown(fates_view(fates))
        == """\
count  trigger  fate       reason   tries  took (median)
────────────────────────────────────────────────────────
   21  test     completed  -       1 to 2          1.1 s
    1  test     lost       -            -              -

 #  trigger  fate       tries   took  job id
────────────────────────────────────────────────────────────────
22  test     lost           -      -  01K00000000000000000000022
 1  test     completed      2  0.1 s  01K00000000000000000000001
 2  test     completed      1  0.2 s  01K00000000000000000000002
 3  test     completed      2  0.3 s  01K00000000000000000000003
 4  test     completed      1  0.4 s  01K00000000000000000000004
 5  test     completed      2  0.5 s  01K00000000000000000000005
 6  test     completed      1  0.6 s  01K00000000000000000000006
 7  test     completed      2  0.7 s  01K00000000000000000000007
and 14 more"""
    )


def test_no_line_is_wider_than_80_columns() -> None:
    text = shown(fates_view([fate(199, "a trigger's long name", "dead letter", attempts=9, seconds=123.4)]))
    assert max(map(len, text.splitlines())) <= 80
    assert "01K000000000000000000000199" in text
