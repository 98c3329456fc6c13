"""Views of queues, tasks, pauses, alarms and errors in the live view, as Rich renderables for 80 columns.

Important states have a word or a sign as well as a colour: `▲` for alarms and failures, `✗` for dead letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from jobctl.overview import Pause
from jobctl.queries.metric_events import Attempts, Slots
from jobctl.queries.times import clock_time, day_time, offset_at
from jobctl.views.dead_letter_view import letters_counted
from jobctl.watch.plot import plot
from jobctl.watch.snapshot import PLOT_MINUTES, RATE_MINUTES, ReadError, ServiceSnapshot, Snapshot

CALM, ODD, BAD = "#56b4e9", "#e69f00", "bold #ff7f50"
"""Blue, orange, coral: distinct with every kind of colour blindness (after Okabe and Ito), and never the only sign."""
OTHER_WIDTH = 47
"""Width of the tables without service names and plots."""
MAX_NAME = 20
MIN_WIDTHS = {"dead": 6, "oldest": 9, "tasks": 6, "slots": 9}
"""Least widths of columns, for their longest values."""
WIDE, PEAK = 100, 7
"""From this width on, the largest value of each plot is shown too, as its scale."""


def health_view(snapshot: Snapshot) -> Text:
    """One line for alarms and dead letters, and one for each paused service."""
    if snapshot.alarms is None:
        alarms = Text("alarms: not known", style="dim")
    elif snapshot.alarms:
        many = len(snapshot.alarms)
        alarms = Text(f"▲ {many} alarm{'s' if many > 1 else ''}: {', '.join(_short(snapshot))}", style=BAD)
    else:
        alarms = Text("✓ no alarm", style=CALM)
    dead = sum(one.depths.dead.waiting for one in snapshot.services if one.depths is not None)
    lines = [Text.assemble(_dead(dead, f"✗ {letters_counted(dead)}, press d", "✓ no dead letters"), "   ", alarms)]
    lines += [_paused(one.name, one.paused) for one in snapshot.services if one.paused is not None]
    return Text("\n").join(lines)


def _paused(name: str, pause: Pause) -> Text:
    since = day_time(datetime.fromisoformat(pause.former.paused_at).timestamp() * 1000)
    drain = f"{pause.left} task{'' if pause.left == 1 else 's'} draining" if pause.left else "no task left"
    return Text(f"▲ {name} paused since {since}, {drain}", style=ODD)


def _short(snapshot: Snapshot) -> list[str]:
    return [name.removeprefix(f"{snapshot.stack}-") for name in snapshot.alarms or ()]


def _dead(count: int, some: str, none: str) -> Text:
    return Text(some, style=BAD) if count else Text(none, style=CALM)


def error_view(errors: Sequence[ReadError], now_text: str) -> RenderableType:
    """What could not be read, what to do, when it is read again. `now_text` describes what is shown meanwhile."""
    first, more = errors[0], len(errors) - 1
    also = f" And {more} more could not be read." if more else ""
    again = f" Retry in {first.again_seconds:.0f} s." if first.again_seconds else ""
    return Text.assemble(
        ("▲ ", BAD), (first.what, "bold"), f"\nNext: {first.next_step}.", ("\n" + now_text + again + also, "dim")
    )


def title_view(snapshot: Snapshot, place: str, interval_seconds: float, width: int) -> Text:
    """The stack's name and place, and the time of the snapshot."""
    left = f"{snapshot.stack}  {place}"
    right = f"{clock_time(snapshot.at_ms)} {offset_at(snapshot.at_ms)}, every {interval_seconds:g} s"
    return Text.assemble((left, "bold"), " " * max(2, width - len(left) - len(right)), (right, "dim"))


def queues_view(services: Sequence[ServiceSnapshot], width: int) -> RenderableType:
    """A row for each service's queue."""
    columns = plot_columns(services, width)
    table = _table("queue of", "waiting", columns, width, "in flight", "delayed", "oldest", "dead")
    for one in services:
        depths = one.depths
        dead = "-" if depths is None else depths.dead.waiting
        table.add_row(
            one.name,
            Text("-" if depths is None else f"{depths.queue.waiting:,}", style="bold"),
            *_plot(one.waiting, columns, width),
            "-" if depths is None else f"{depths.queue.in_flight:,}",
            "-" if depths is None else f"{depths.queue.delayed:,}",
            _age(one.oldest_seconds),
            Text(f"✗ {dead:,}", style=BAD) if isinstance(dead, int) and dead else str(dead),
        )
    return table


def work_view(services: Sequence[ServiceSnapshot], width: int) -> RenderableType:
    """A row for each service's tasks; rates are a mean of the last whole minutes."""
    columns = plot_columns(services, width)
    table = _table("work of", "done/min", columns, width, "retry/min", "rej/min", "slots", "tasks")
    for one in services:
        table.add_row(
            one.name,
            Text(_rate(one.attempts, "done"), style="bold"),
            *_plot(one.done, columns, width),
            Text(_rate(one.attempts, "retry", "release", "leave"), style=_odd(one.attempts, "retry", "leave")),
            Text(_rate(one.attempts, "reject"), style=_odd(one.attempts, "reject")),
            _slots(one.slots),
            _tasks(one),
        )
    return table


def plot_columns(services: Sequence[ServiceSnapshot], width: int) -> int:
    """Columns of a plot, and so minutes, that fit into the width."""
    name = max((min(len(one.name), MAX_NAME) for one in services), default=MAX_NAME)
    return max(11, min(PLOT_MINUTES, width - OTHER_WIDTH - name - (PEAK if width >= WIDE else 0)))


def _plot(values: Sequence[int | None], columns: int, width: int) -> list[Text]:
    most = max((one for one in values[-columns:] if one is not None), default=None)
    drawn = Text(plot(values, columns), style=CALM)
    return [drawn, Text("-" if most is None else f"{most:,}", style="dim")] if width >= WIDE else [drawn]


def _table(first: str, second: str, columns: int, width: int, *rest: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0, show_edge=False, header_style="dim")
    table.add_column(first, no_wrap=True, max_width=MAX_NAME, overflow="ellipsis")
    table.add_column(second, justify="right", no_wrap=True, min_width=8)
    table.add_column(f"last {columns} min", no_wrap=True)
    if width >= WIDE:
        table.add_column("peak", no_wrap=True, min_width=6)
    for name in rest:
        table.add_column(name, justify="right", no_wrap=True, min_width=MIN_WIDTHS.get(name, len(name)))
    return table


def _age(seconds: float | None) -> Text:
    if seconds is None:
        return Text("-", style="dim")
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return Text(f"{seconds / size:.0f} {unit}")
    return Text(f"{seconds:.0f} s")


def _rate(attempts: Attempts | None, *outcomes: str) -> str:
    if attempts is None:
        return "-"
    rate = attempts.of(*outcomes) / RATE_MINUTES
    return f"{rate:,.0f}" if rate >= 100 or rate == 0 else f"{rate:.1f}"


def _odd(attempts: Attempts | None, *outcomes: str) -> str:
    return ODD if attempts is not None and attempts.of(*outcomes) else ""


def _slots(slots: Slots | None) -> Text:
    if slots is None:
        return Text("-", style="dim")
    return Text(f"▲ {slots.stuck} stuck", style=BAD) if slots.stuck else Text(str(slots.in_use))


def _tasks(one: ServiceSnapshot) -> Text:
    if one.paused is not None:
        return Text("paused", style=ODD)
    if one.tasks is None:
        return Text("-", style="dim")
    running, wanted = one.tasks.running, one.tasks.wanted
    return Text(f"{running}/{wanted}") if running == wanted else Text(f"▲ {running}/{wanted}", style=ODD)
