"""The screen of one job: its attempts and timeline, its log and its trace, with the views of `show`, `logs` and `trace`.

The job is read again until it has ended: its records where the stack keeps them, two calls for its log, one for each service's output, one for the
trace. Dead letters are not received: whether the job's letter is still there is shown by the screen of dead letters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, TabbedContent, TabPane

from jobctl.job_report import recorded_report, report_of, report_view, with_records
from jobctl.queries.job_record import job_not_found, read_record
from jobctl.queries.segment_spans import xray_trace_id
from jobctl.queries.times import zone_at
from jobctl.queries.traces import read_trace
from jobctl.views.job_log_view import job_log_view
from jobctl.views.waterfall_view import waterfall_view
from jobctl.watch.reader import Crashed, Loaded, LoadFailed, Reader
from jobctl.watch.safe_static import SafeStatic
from jobctl.watch.views import error_view
from jobqueue.client import NotFoundError as NoRecord

if TYPE_CHECKING:
    from jobctl.cli import Cli

TABS = ("timeline", "log", "trace")


@dataclass(frozen=True)
class JobViews:
    """The views of one job. `ended`: it is finished unless it is redriven."""

    timeline: RenderableType
    log: RenderableType
    trace: RenderableType
    ended: bool


def read_job(cli: Cli, job_id: str) -> JobViews:
    """Reads the job and makes its views, in the reading thread.

    Raises:
        NotFoundError: no record and no line mentions the job. JobClientError: records cannot be read.
        botocore.exceptions.ClientError: no permission.
    """
    session = cli.session
    try:
        known = recorded_report(session, session.jobs.stages(job_id)) if session.stack.job_table else None
    except NoRecord:
        known = None
    record = read_record(session.client("logs"), session.stack, job_id)
    if record.state is None and known is None:
        raise job_not_found(session.client("logs"), session.stack, job_id, "log line")
    report = with_records(report_of(session, record, None), known)
    state = report.state
    assert state is not None
    report = replace(report, status=state.status)
    spans = read_trace(session.client("xray"), record.trace_id) if record.trace_id else []
    if spans:
        trace: RenderableType = waterfall_view(spans, record.trace_id)
    elif record.trace_id:
        trace = Text(f"X-Ray has no trace {xray_trace_id(record.trace_id)}: not yet, or it was not sampled.")
    else:
        trace = Text("No line of this job names a trace.")
    events = record.events
    log = job_log_view(events, zone_at(events[-1].at_ms)) if events else Text("This job has no log of its own.")
    return JobViews(report_view(report), log, trace, state.ended)


class JobScreen(Screen[None]):
    """The screen of one job."""

    CSS = """
    #job-error { color: $text; background: $surface; padding: 0 1; display: none; }
    JobScreen TabbedContent, JobScreen ContentSwitcher, JobScreen TabPane { height: 1fr; }
    JobScreen TabPane { padding: 0 1; }
    JobScreen VerticalScroll { scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1,t", "tab('timeline')", "Timeline", key_display="1"),
        Binding("2,l", "tab('log')", "Log", key_display="2"),
        Binding("3,w", "tab('trace')", "Trace", key_display="3"),
        Binding("space", "read", "Read now"),
        Binding("escape,backspace", "app.pop_screen", "Back", key_display="esc"),
    ]

    def __init__(self, cli: Cli, job_id: str, interval_seconds: float) -> None:
        super().__init__()
        self.job_id = job_id
        self._reader = Reader(
            lambda: read_job(cli, job_id),
            self.post_message,
            every_seconds=interval_seconds,
            stack=cli.session.stack.name,
            done=lambda now: now.ended,
        )

    def compose(self) -> ComposeResult:
        """A tab each for timeline, log and trace."""
        yield SafeStatic(f"job {self.job_id}", id="job-title", classes="title")
        yield SafeStatic(id="job-error")
        with TabbedContent(initial=TABS[0]):
            for number, name in enumerate(TABS, 1):
                with TabPane(f"{number} {name.capitalize()}", id=name), VerticalScroll():
                    yield SafeStatic("reading ...", id=f"{name}-view")
        yield Footer()

    def on_mount(self) -> None:
        """Starts reading."""
        self._reader.start()
        self.action_tab(TABS[0])

    def on_unmount(self) -> None:
        """Stops the reading thread."""
        self._reader.stop()

    def on_loaded(self, message: Loaded) -> None:
        """Shows the job as it was read."""
        now: JobViews = message.value
        self.query_one("#job-error").display = False
        for name in TABS:
            self.query_one(f"#{name}-view", SafeStatic).update(getattr(now, name))

    def on_load_failed(self, message: LoadFailed) -> None:
        """Shows the error; what was read before stays."""
        view = self.query_one("#job-error", SafeStatic)
        view.update(error_view([message.error], ""))
        view.display = True

    def on_crashed(self, message: Crashed) -> None:
        """Ends the view with the error."""
        raise message.error

    def action_tab(self, name: str) -> None:
        """Shows a tab, with the focus on it for the arrow keys."""
        self.query_one(TabbedContent).active = name
        self.query_one(f"#{name} VerticalScroll", VerticalScroll).focus()

    def action_read(self) -> None:
        """Reads again now."""
        self._reader.now()
