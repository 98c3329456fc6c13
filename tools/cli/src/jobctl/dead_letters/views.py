"""Views of dead letters and of the results of a repair, as Rich renderables for 80 columns."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from jobctl.dead_letters.queues import SelectedLetters
from jobctl.dead_letters.redrive import RedriveResult
from jobctl.dead_letters.redriven_message import CORRELATION_ID, JOB_ID
from jobctl.environment.status_view import links_view
from jobctl.queries.dead_letter import DeadLetter
from jobctl.queries.dead_letter_groups import LetterSummary, counts_by_reason, group_letters
from jobctl.queries.times import day_time, local_time, offset_at
from jobctl.views.console import heading, plain_table
from jobctl.views.dead_letter_view import dead_letters_view, letters_counted, reason_shown
from jobctl.views.visible import one_line

SHOWN_FAILURES = 10


def letters_view(looked: Sequence[SelectedLetters]) -> RenderableType:
    """The letters of every queue that was read."""
    zone = offset_at(time.time() * 1000)
    return Group(
        *(
            dead_letters_view(
                one.queue.name, one.letters, hidden=one.hidden, more=one.more, time_of=day_time, zone=zone
            )
            for one in looked
        )
    )


def letters_value(looked: Sequence[SelectedLetters]) -> list[dict[str, Any]]:
    """The same as JSON values."""
    return [
        {
            "deadLetterQueue": one.queue.name,
            "queue": one.queue.source,
            "count": len(one.letters),
            "hidden": one.hidden,
            "more": one.more,
            "groups": group_letters(one.letters),
        }
        for one in looked
    ]


def letter_view(letter: DeadLetter, links: Mapping[str, str]) -> RenderableType:
    """All of one letter; `links`: to its log, its trace and its queue."""
    delivery = letter.delivery
    rows = {
        "queue": f"{letter.queue} (from {delivery.queue})",
        "reason": reason_shown(letter.reason),
        "error": letter.error or "-",
        "job id": letter.job_id,
        "job type": letter.job_type,
        "correlation id": letter.correlation_id or "-",
        "message id": letter.message_id,
        "sent": local_time(delivery.sent_ms),
        "service": letter.service or "-",
        "attempts": str(letter.receives or "-"),
        "received": f"{delivery.receive_count} times (each look adds one)",
        "trace": letter.trace_id or "-",
    }
    table = plain_table("", "")
    table.show_header = False
    for name, value in rows.items():
        table.add_row(Text(name, style="dim"), Text(one_line(value)))
    parts: list[RenderableType] = [table, heading("attributes"), _attributes(letter), heading("body")]
    parts.append(Text(_indented(delivery.body)))
    return Group(*parts, heading("Links"), Text(f"jobctl show {letter.job_id}"), links_view(links))


def _indented(body: str) -> str:
    """JSON on several lines; any other text as it is."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body


def question(action: str, letters: Sequence[LetterSummary]) -> str:
    """The question that asks for consent, with all counts."""
    verb = "Redrive" if action == "redrive" else "Delete"
    each = [
        f"  {queue}: {count} ({', '.join(f'{reason_shown(reason)} {number}' for reason, number in reasons)})"
        for queue, count, reasons in counts_by_reason(letters)
    ]
    return "\n".join([*each, f"{verb} {letters_counted(len(letters))}?"])


def result_view(action: str, result: RedriveResult, selected: int, file: str) -> RenderableType:
    """The results of a redrive or drop."""
    done = "redriven" if action == "redrive" else "dropped"
    copies = f"; a copy of each is in {file}" if result.done or result.failed else ""
    lines = [Text(f"{len(result.done)} of {selected} {done}{copies}")]
    if result.gone:
        lines.append(Text(f"{len(result.gone)} were gone, or held by another reader, when their turn came"))
    for what, ones in (("kept", result.kept), ("failed", result.failed)):
        lines += [
            Text(f"{what}: {message_id}: {one_line(why)}", style="yellow") for message_id, why in _first(ones.items())
        ]
        if len(ones) > SHOWN_FAILURES:
            lines.append(Text(f"and {len(ones) - SHOWN_FAILURES} more {what}", style="yellow"))
    if result.twice:
        lines.append(
            Text(
                f"{len(result.twice)} were sent but could not be deleted: they are in both queues, "
                "and another redrive sends them again, with the same job id",
                style="yellow",
            )
        )
    return Group(*lines)


def _first(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(pairs)[:SHOWN_FAILURES]


def _attributes(letter: DeadLetter) -> RenderableType:
    table = plain_table("name", "type", "value")
    order = sorted(
        letter.delivery.attributes.items(), key=lambda pair: (pair[0] not in {JOB_ID, CORRELATION_ID}, pair[0])
    )
    for name, attribute in order:
        value = attribute.value if isinstance(attribute.value, str) else f"{len(attribute.value)} bytes"
        table.add_row(Text(one_line(name)), Text(one_line(attribute.kind)), Text(one_line(value)))
    return table
