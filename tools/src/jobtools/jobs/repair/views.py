"""How do dead letters and what became of them read? Layer: tools, pure; Rich renderables, 80 columns are enough."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Group as Together
from rich.console import RenderableType
from rich.text import Text

from jobqueue.messages import dead_letter as names
from jobtools.jobs.repair.letter import Letter
from jobtools.jobs.repair.letter_queues import Looked
from jobtools.jobs.repair.plan import Found, Group, counted, groups
from jobtools.jobs.repair.redriven import CORRELATION_ID, JOB_ID
from jobtools.jobs.repair.take import Taken
from jobtools.jobs.screen import local_time
from jobtools.look.dead_letter import MOVED_BY_SQS
from jobtools.look.screen import heading, plain_table

SHOWN_FAILURES = 10


def reason_shown(reason: str) -> str:
    """`moved by SQS` for the letters without a reason."""
    return "moved by SQS" if reason == MOVED_BY_SQS else reason


def looked_view(looked: Sequence[Looked]) -> RenderableType:
    """Every queue that was looked through."""
    return Together(*(letters_view(one.queue.name, one.letters, hidden=one.hidden, more=one.more) for one in looked))


def looked_value(looked: Sequence[Looked]) -> list[dict[str, Any]]:
    """The same for a program."""
    return [
        {
            "deadLetterQueue": one.queue.name,
            "queue": one.queue.source,
            "count": len(one.letters),
            "hidden": one.hidden,
            "more": one.more,
            "groups": groups(one.letters),
        }
        for one in looked
    ]


def letters_view(queue: str, letters: Sequence[Found], *, hidden: int = 0, more: bool = False) -> RenderableType:
    """One queue's letters by group."""
    if not letters:
        parts: list[RenderableType] = [Text(f"{queue}: no dead letters", style="dim")]
    else:
        many = "the first " if more else ""
        parts = [Text(f"{queue}: {many}{_letters(len(letters))}"), _groups(groups(letters))]
    if hidden:
        parts.append(
            Text(
                f"SQS counts {hidden} more as hidden: somebody else has them in hand, or had a moment ago", style="dim"
            )
        )
    return Together(*parts)


def letter_view(queue: str, letter: Letter) -> RenderableType:
    """All of one letter."""
    delivery = letter.delivery
    rows = {
        "queue": f"{queue} (from {delivery.queue})",
        "reason": reason_shown(letter.reason),
        "error": letter.error or "-",
        "job id": letter.job_id,
        "job type": letter.job_type,
        "correlation id": letter.correlation_id or "-",
        "message id": letter.message_id,
        "sent": local_time(delivery.sent_ms),
        "service": delivery.text(names.SERVICE) or "-",
        "attempts": delivery.text(names.RECEIVE_COUNT) or "-",
        "receives": f"{delivery.receive_count} (looks at it count)",
        "trace": delivery.text(names.TRACE_ID) or "-",
    }
    table = plain_table("", "")
    table.show_header = False
    for name, value in rows.items():
        table.add_row(Text(name, style="dim"), Text(value))
    parts: list[RenderableType] = [table, heading("attributes"), _attributes(letter), heading("body")]
    body = letter.body()
    return Together(*parts, Text(json.dumps(body, indent=2, ensure_ascii=False) if body else delivery.body))


def question(action: str, letters: Sequence[Found]) -> str:
    """What a person agrees to, with every count."""
    verb = "Send back" if action == "redrive" else "Delete for good"
    each = [
        f"  {queue}: {count} ({', '.join(f'{reason_shown(reason)} {number}' for reason, number in reasons)})"
        for queue, count, reasons in counted(letters)
    ]
    return "\n".join([*each, f"{verb} {_letters(len(letters))}?"])


def taken_view(action: str, taken: Taken, selected: int, file: str) -> RenderableType:
    """What became of them."""
    done = "redriven" if action == "redrive" else "dropped"
    copies = f"; a copy of each is in {file}" if taken.done or taken.failed else ""
    lines = [Text(f"{len(taken.done)} of {selected} {done}{copies}")]
    if taken.gone:
        lines.append(Text(f"{len(taken.gone)} were gone, or in somebody else's hands, when their turn came"))
    for what, ones in (("kept", taken.kept), ("failed", taken.failed)):
        lines += [Text(f"{what}: {message_id}: {why}", style="yellow") for message_id, why in _first(ones.items())]
        if len(ones) > SHOWN_FAILURES:
            lines.append(Text(f"and {len(ones) - SHOWN_FAILURES} more {what}", style="yellow"))
    if taken.twice:
        lines.append(
            Text(
                f"{len(taken.twice)} were sent back and could not be deleted: they are in both queues, "
                "and another redrive sends them a second time, under the same job id",
                style="yellow",
            )
        )
    return Together(*lines)


def _letters(count: int) -> str:
    return f"{count} dead letter{'' if count == 1 else 's'}"


def _first(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(pairs)[:SHOWN_FAILURES]


def _groups(ones: Sequence[Group]) -> RenderableType:
    table = plain_table(("count", "right"), "reason", "job type", "error", "oldest")
    for one in ones:
        reason = Text(reason_shown(one.reason), style="yellow")
        table.add_row(
            str(one.count), reason, Text(one.job_type), Text(one.error or "-"), Text(local_time(one.oldest_ms))
        )
    return table


def _attributes(letter: Letter) -> RenderableType:
    table = plain_table("name", "type", "value")
    order = sorted(
        letter.delivery.attributes.items(), key=lambda pair: (pair[0] not in {JOB_ID, CORRELATION_ID}, pair[0])
    )
    for name, attribute in order:
        value = attribute.value if isinstance(attribute.value, str) else f"{len(attribute.value)} bytes"
        table.add_row(Text(name), Text(attribute.kind), Text(value))
    return table
