"""The Textual application of the live view: its theme and its screens.

It runs in the view's thread and makes no call to AWS itself.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.terminal_theme import TerminalTheme
from textual.app import App
from textual.binding import Binding, BindingType
from textual.constants import COLOR_SYSTEM
from textual.theme import Theme

from jobctl.views.console import VisibleConsole
from jobctl.watch.dead_screen import DeadScreen
from jobctl.watch.job_screen import JobScreen
from jobctl.watch.source import INTERVAL_SECONDS
from jobctl.watch.stack_screen import StackScreen

if TYPE_CHECKING:
    from rich.console import Console

    from jobctl.cli import Cli
    from jobctl.watch.redrive_thread import RedriveThread

THEME = Theme(
    name="jobs",
    primary="#56b4e9",
    secondary="#56b4e9",
    accent="#56b4e9",
    warning="#e69f00",
    error="#ff7f50",
    success="#56b4e9",
    foreground="#e6e6e6",
    background="#101418",
    surface="#161c22",
    panel="#1d252d",
    dark=True,
)
"""Blue: good, orange: unusual, coral: bad. Distinct for every kind of colour vision, and always with a sign or a word."""
NAMED = [
    (16, 20, 24),
    (255, 127, 80),
    (64, 190, 150),
    (230, 159, 0),
    (86, 140, 233),
    (204, 121, 167),
    (86, 180, 233),
    (230, 230, 230),
]
"""Black, red, green, yellow, blue, magenta, cyan and white of the views, after Okabe and Ito. Textual's own red and magenta are the same."""

ORPHAN_SECONDS = 2.0
"""How often a view for a browser checks that its server still runs."""


class WatchApp(App[None]):
    """Owns the last redrive; None: there was none."""

    CSS = """
    .title { background: $panel; color: $foreground; text-style: bold; padding: 0 1; height: 1; }
    .heading { color: $text-muted; padding: 0 1; height: 1; margin-top: 1; }
    #health, #queues, #work, #dead-status { padding: 0 1; height: auto; }
    #queues, #work, #letters { margin-top: 1; }
    #error { padding: 0 1; height: auto; background: $surface; }
    #jobs, #letters { height: 1fr; padding: 0 1; background: $background; scrollbar-size-horizontal: 0; background-tint: transparent; }
    #dead-result { padding: 0 1; height: auto; max-height: 40%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit", priority=True),
        Binding("ctrl+c,ctrl+q", "quit", show=False, priority=True),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, cli: Cli, interval_seconds: float = INTERVAL_SECONDS) -> None:
        super().__init__()
        self.console = _visible_console(self.console)
        self.register_theme(THEME)
        self.theme = THEME.name
        self.ansi_theme_dark = TerminalTheme(NAMED[0], NAMED[7], NAMED, NAMED)
        self.title = f"jobctl watch {cli.session.stack.name}"
        self._cli = cli
        self._interval_seconds = interval_seconds
        self._server_pid = os.getppid()
        self.redrive: RedriveThread | None = None

    @property
    def redrive_runs(self) -> bool:
        """Whether a redrive is running."""
        return self.redrive is not None and self.redrive.is_alive()

    def on_mount(self) -> None:
        """Shows the stack."""
        self.push_screen(StackScreen(self._cli, self._interval_seconds))
        if self.is_web:
            self.set_interval(ORPHAN_SECONDS, self._end_as_orphan)

    async def _end_as_orphan(self) -> None:
        """Ends the view if its server was killed: it would call AWS for ever."""
        if os.getppid() != self._server_pid:
            await self.action_quit()

    def open_job(self, job_id: str) -> None:
        """Opens the screen of a job."""
        self.push_screen(JobScreen(self._cli, job_id, self._interval_seconds))

    def open_dead(self) -> None:
        """Opens the screen of dead letters."""
        self.push_screen(DeadScreen(self._cli))

    def start_redrive(self, redrive: RedriveThread) -> None:
        """Starts it. It goes on when its screen is closed, and the process waits for it."""
        self.redrive = redrive
        redrive.start()

    async def action_quit(self) -> None:
        """Quits; a running redrive stops after the letters it has received."""
        if self.redrive is not None:
            self.redrive.stop()
        self.exit()


def _visible_console(textuals: Console) -> Console:
    """A console like the one that Textual makes in `App.__init__`, with text from outside made visible."""
    return VisibleConsole(
        file=textuals.file,
        color_system=cast("Any", COLOR_SYSTEM),
        force_terminal=True,
        markup=True,
        highlight=False,
        emoji=False,
        legacy_windows=False,
        safe_box=False,
        soft_wrap=False,
    )
