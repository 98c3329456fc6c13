"""The first screen of the live view: health, errors, queues, work, and the jobs of the last minutes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Footer

from jobctl.queries.job_state import JobState
from jobctl.queries.times import clock_time, offset_at
from jobctl.views.job_states_view import cells, columns
from jobctl.watch.reader import Crashed, Loaded, Reader
from jobctl.watch.safe_static import SafeStatic
from jobctl.watch.source import Source
from jobctl.watch.views import error_view, health_view, queues_view, title_view, work_view

if TYPE_CHECKING:
    from jobctl.cli import Cli
    from jobctl.watch.app import WatchApp
    from jobctl.watch.snapshot import Snapshot


class JobsTable(DataTable[Text]):
    """The table of jobs, a row each, the newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select_cursor", "Open job")]


class StackScreen(Screen[None]):
    """Owns the last snapshot; None before the first."""

    app: WatchApp
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "dead", "Dead letters"),
        Binding("f", "failed", "Failed only"),
        Binding("space", "read", "Read now"),
    ]

    def __init__(self, cli: Cli, interval_seconds: float) -> None:
        super().__init__()
        stack = cli.session.stack
        self._place = f"{stack.region}, account {stack.account}"
        self._interval_seconds = interval_seconds
        self._source = Source(cli.session, interval_seconds)
        self._failed_only = False
        self._shown: list[str] = []
        self.snapshot: Snapshot | None = None
        self.reader = Reader(self._source.read, self.post_message, every_seconds=interval_seconds, stack=stack.name)

    def compose(self) -> ComposeResult:
        """Title, health, errors, queues, work, jobs."""
        yield SafeStatic("reading ...", id="title", classes="title")
        yield SafeStatic(id="health")
        yield SafeStatic(id="error")
        yield SafeStatic(id="queues")
        yield SafeStatic(id="work")
        yield SafeStatic(id="jobs-title", classes="heading")
        yield JobsTable(id="jobs", cursor_type="row", zebra_stripes=True)
        yield Footer()

    def on_mount(self) -> None:
        """Starts reading."""
        now = offset_at(time.time() * 1000)
        self.query_one(JobsTable).add_columns(*(one if isinstance(one, str) else one[0] for one in columns(now)))
        self.query_one(JobsTable).focus()
        self.query_one("#error").display = False
        self.reader.start()

    def on_unmount(self) -> None:
        """Stops the reading thread."""
        self.reader.stop()

    def on_resize(self, event: events.Resize) -> None:
        """Fits the plots to the new width."""
        self.call_after_refresh(self._show)

    def on_loaded(self, message: Loaded) -> None:
        """Shows the new snapshot."""
        self.snapshot = message.value
        self._show()

    def on_crashed(self, message: Crashed) -> None:
        """Ends the view with the error."""
        raise message.error

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Opens the job."""
        if event.row_key.value is not None:
            self.app.open_job(event.row_key.value)

    def action_dead(self) -> None:
        """Opens the screen of dead letters, which receives them."""
        self.app.open_dead()

    def action_failed(self) -> None:
        """Switches between all jobs and those that failed or hang."""
        self._failed_only = not self._failed_only
        self._show()

    def action_read(self) -> None:
        """Reads everything now."""
        self._source.hurry()
        self.reader.now()

    def _show(self) -> None:
        now = self.snapshot
        if now is None:
            return
        width = self.size.width - 2
        for name, view in (
            ("title", title_view(now, self._place, self._interval_seconds, width)),
            ("health", health_view(now)),
            ("queues", queues_view(now.services, width)),
            ("work", work_view(now.services, width)),
        ):
            self.query_one(f"#{name}", SafeStatic).update(view)
        error = self.query_one("#error", SafeStatic)
        error.display = bool(now.errors)
        if now.errors:
            error.update(error_view(now.errors, "The values shown are older."))
        self._show_jobs(now)

    def _show_jobs(self, now: Snapshot) -> None:
        chosen = [
            one
            for one in now.jobs
            if not self._failed_only or one.status in ("dead letter", "retrying", "hung", "lost")
        ]
        failed = f"{len(chosen)} that failed, of {len(now.jobs)}" if self._failed_only else str(len(now.jobs))
        left_out = "; more came than were read" if now.jobs_left_out else ""
        self.query_one("#jobs-title", SafeStatic).update(Text(f"jobs, the newest first: {failed}{left_out}"))
        _fill(self.query_one(JobsTable), chosen)


def _fill(table: DataTable[Text], jobs: Sequence[JobState]) -> None:
    """Fills the table. The cursor stays on its job, or at the top if it was there."""
    row = table.cursor_row
    under = table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value if table.row_count else None
    table.clear()
    for one in jobs:
        table.add_row(*cells(one, clock_time), key=one.job_id)
    if row > 0 and jobs:
        ids = [one.job_id for one in jobs]
        table.move_cursor(row=ids.index(under) if under in ids else min(row, len(ids) - 1), scroll=False)
