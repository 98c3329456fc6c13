"""The screen of one job: its attempts and hops, its log and its trace, with the views of `show`, `logs` and `trace`.

The job is read again until it has ended: two calls for its log, one for each service's output, one for the trace. Dead letters are not received:
whether the job's letter is still there is shown by the screen of dead letters.
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

from jobctl.commands.show import shown_of, shown_view
from jobctl.queries.segment_spans import xray_trace_id
from jobctl.queries.times import zone_at
from jobctl.queries.traces import read_trace
from jobctl.record import nothing_found, read_record
from jobctl.views.job_log_view import job_log_view
from jobctl.views.waterfall_view import waterfall_view
from jobctl.watch.reading import Broke, Failed, Got, Reading
from jobctl.watch.shown import Shown
from jobctl.watch.views import trouble_view

if TYPE_CHECKING:
    from jobctl.call import Call

TABS = ("timeline", "log", "trace")


@dataclass(frozen=True)
class JobNow:
    """The views of one job. `ended`: it is finished unless it is redriven."""

    timeline: RenderableType
    log: RenderableType
    trace: RenderableType
    ended: bool


def read_job(call: Call, job_id: str) -> JobNow:
    """Reads the job and makes its views, in the reading thread.

    Raises:
        NotFoundError: no line mentions the job.
        botocore.exceptions.ClientError: no permission.
    """
    session = call.session
    record = read_record(session.client("logs"), session.stack, job_id)
    if record.state is None:
        raise nothing_found(session.client("logs"), session.stack, job_id, "Any line")
    shown = replace(shown_of(call, record, None), status=record.state.status)
    spans = read_trace(session.client("xray"), record.trace_id) if record.trace_id else []
    if spans:
        trace: RenderableType = waterfall_view(spans, record.trace_id)
    elif record.trace_id:
        trace = Text(f"X-Ray has no trace {xray_trace_id(record.trace_id)}: not yet, or it was not sampled.")
    else:
        trace = Text("No line of this job names a trace.")
    events = record.events
    log = job_log_view(events, zone_at(events[-1].at_ms)) if events else Text("It has no log of its own.")
    return JobNow(shown_view(shown), log, trace, record.state.ended)


class JobScreen(Screen[None]):
    """The screen of one job."""

    CSS = """
    #job-trouble { color: $text; background: $surface; padding: 0 1; display: none; }
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

    def __init__(self, call: Call, job_id: str, interval_seconds: float) -> None:
        super().__init__()
        self.job_id = job_id
        self._reading = Reading(
            lambda: read_job(call, job_id),
            self.post_message,
            every_seconds=interval_seconds,
            stack=call.session.stack.name,
            done=lambda now: now.ended,
        )

    def compose(self) -> ComposeResult:
        """A tab each for timeline, log and trace."""
        yield Shown(f"job {self.job_id}", id="job-title", classes="title")
        yield Shown(id="job-trouble")
        with TabbedContent(initial=TABS[0]):
            for number, name in enumerate(TABS, 1):
                with TabPane(f"{number} {name.capitalize()}", id=name), VerticalScroll():
                    yield Shown("reading ...", id=f"{name}-view")
        yield Footer()

    def on_mount(self) -> None:
        """Starts reading."""
        self._reading.start()
        self.action_tab(TABS[0])

    def on_unmount(self) -> None:
        """Stops the reading thread."""
        self._reading.stop()

    def on_got(self, message: Got) -> None:
        """Shows the job as it was read."""
        now: JobNow = message.value
        self.query_one("#job-trouble").display = False
        for name in TABS:
            self.query_one(f"#{name}-view", Shown).update(getattr(now, name))

    def on_failed(self, message: Failed) -> None:
        """Shows the error; what was read before stays."""
        view = self.query_one("#job-trouble", Shown)
        view.update(trouble_view([message.trouble], ""))
        view.display = True

    def on_broke(self, message: Broke) -> None:
        """Ends the view with the error."""
        raise message.error

    def action_tab(self, name: str) -> None:
        """Shows a tab, with the focus on it for the arrow keys."""
        self.query_one(TabbedContent).active = name
        self.query_one(f"#{name} VerticalScroll", VerticalScroll).focus()

    def action_read(self) -> None:
        """Reads again now."""
        self._reading.now()
