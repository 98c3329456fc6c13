"""The screen of dead letters: their groups, and redriving them.

Reading and redriving are those of `jobctl.dead_letters`, in threads of their own. A look receives all letters once and makes them visible again,
which adds one to their receive count, so it is made only when the screen is opened or a person asks for it, never periodically.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Footer

from jobctl.dead_letters.queues import SelectedLetters, queues_of, read_selected
from jobctl.dead_letters.request import file_name
from jobctl.dead_letters.selection import Selection
from jobctl.dead_letters.views import question
from jobctl.queries.dead_letter_groups import LetterGroup, LetterSummary, error_shape, group_letters
from jobctl.queries.times import clock_time, day_time, offset_at
from jobctl.views.dead_letter_view import group_cells, letters_counted
from jobctl.watch.confirm_screen import ConfirmScreen
from jobctl.watch.reader import Crashed, Loaded, LoadFailed, Reader
from jobctl.watch.redrive_thread import RedriveEnded, RedriveProgress, RedriveThread
from jobctl.watch.safe_static import SafeStatic
from jobctl.watch.views import error_view

if TYPE_CHECKING:
    from jobctl.cli import Cli
    from jobctl.watch.app import WatchApp


MIN_ERROR_WIDTH, OTHER_COLUMNS_WIDTH = 22, 62
"""Columns: the error is cut on a narrow terminal; the job's screen and `jobctl dead show` have all of it."""


class LettersTable(DataTable[Text]):
    """The table of groups, a row each."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select_cursor", "Oldest job")]


class DeadScreen(Screen[None]):
    """Owns the result of the last look; `looked` is None before the first."""

    app: WatchApp
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "redrive(False)", "Redrive group"),
        Binding("R", "redrive(True)", "Redrive all", key_display="R"),
        Binding("space", "look", "Read again"),
        Binding("escape,backspace", "app.pop_screen", "Back", key_display="esc"),
    ]

    def __init__(self, cli: Cli) -> None:
        super().__init__()
        self._cli = cli
        session, stack = cli.session, cli.session.stack
        self._groups: list[LetterGroup] = []
        self.looked: list[SelectedLetters] | None = None
        self._reader = Reader(
            lambda: [
                read_selected(queue, Selection(everything=True)) for queue in queues_of(stack, session.client("sqs"))
            ],
            self.post_message,
            every_seconds=None,
            stack=stack.name,
        )

    def compose(self) -> ComposeResult:
        """The current activity, the groups, the result of the last redrive."""
        yield SafeStatic("dead letters", id="dead-title", classes="title")
        yield SafeStatic("reading ...", id="dead-status")
        yield LettersTable(id="letters", cursor_type="row", zebra_stripes=True)
        yield SafeStatic(id="dead-result")
        yield Footer()

    def on_mount(self) -> None:
        """Starts the first look."""
        self.query_one(LettersTable).focus()
        self._reader.start()

    def on_unmount(self) -> None:
        """Stops the reading thread."""
        self._reader.stop()

    def on_loaded(self, message: Loaded) -> None:
        """Shows the result of a look."""
        self.looked = message.value
        now_ms = time.time() * 1000
        zone = offset_at(now_ms)
        self._groups = [group for one in message.value for group in group_letters(one.letters)]
        table = self.query_one(LettersTable)
        table.clear(columns=True)
        table.add_column("count")
        table.add_column("why", width=max(MIN_ERROR_WIDTH, self.size.width - OTHER_COLUMNS_WIDTH))
        table.add_columns("queue and job type", f"oldest {zone}")
        for number, group in enumerate(self._groups):
            reason, count, job_type, error, oldest = group_cells(group, day_time)
            queue = Text(self._short(group.queue))
            cells = count, Text("\n").join([reason, error]), Text("\n").join([queue, job_type]), oldest
            table.add_row(*cells, height=2, key=str(number))
        self._say(
            f"{_counted(message.value)}, read at {clock_time(now_ms)} {zone}; each look adds one to the receive counts"
        )

    def on_load_failed(self, message: LoadFailed) -> None:
        """Shows the error; the previous result stays."""
        self.query_one("#dead-status", SafeStatic).update(error_view([message.error], "Space reads again."))

    def on_crashed(self, message: Crashed) -> None:
        """Ends the view with the error."""
        raise message.error

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Opens the group's oldest job."""
        if event.row_key.value is not None:
            self.app.open_job(self._groups[int(event.row_key.value)].job_id)

    def action_look(self) -> None:
        """Looks again, unless a redrive is running."""
        if self.app.redrive_runs:
            return
        self._say("reading ...")
        self._reader.now()

    def action_redrive(self, everything: bool) -> None:
        """Asks for consent, with the counts; then sends back the letters of the last look, and none that arrived since."""
        meant = self._meant(everything)
        letters = [letter for one in meant for letter in one.letters]
        if not letters or self.app.redrive_runs:
            return
        path = Path(file_name(self._cli.session.stack.name, "redrive")).resolve()
        consequence = f"They go back to their queues, with their ids.\nA copy of each is written first, to {path}"

        def answered(yes: bool | None) -> None:
            if yes:
                self._say(f"redriving {letters_counted(len(letters))} ...")
                self.app.start_redrive(RedriveThread(meant, path, self.post_message, self._cli.session.stack.name))

        self.app.push_screen(ConfirmScreen(question("redrive", letters), consequence, "Redrive"), answered)

    def on_redrive_progress(self, message: RedriveProgress) -> None:
        """Shows the progress."""
        self._say(f"redriving: {message.done} of {message.of}")

    def on_redrive_ended(self, message: RedriveEnded) -> None:
        """Shows the result and clears the table; the person decides when to look again."""
        self.query_one("#dead-result", SafeStatic).update(message.view)
        self.query_one(LettersTable).clear()
        self._groups, self.looked = [], None
        self._say("redriven; space reads again")

    def _meant(self, everything: bool) -> list[SelectedLetters]:
        looked = self.looked or []
        if everything or not self._groups:
            return [one for one in looked if one.letters]
        wanted = self._groups[self.query_one(LettersTable).cursor_row]
        chosen = [replace(one, letters=[letter for letter in one.letters if _is_in(letter, wanted)]) for one in looked]
        return [one for one in chosen if one.letters]

    def _short(self, queue: str) -> str:
        return queue.removeprefix(f"{self._cli.session.stack.name}-")

    def _say(self, text: str) -> None:
        self.query_one("#dead-status", SafeStatic).update(Text(text))


def _is_in(letter: LetterSummary, group: LetterGroup) -> bool:
    same = (letter.queue, letter.reason, letter.job_type) == (group.queue, group.reason, group.job_type)
    return same and error_shape(letter.error) == group.error


def _counted(looked: Sequence[SelectedLetters]) -> str:
    text = letters_counted(sum(len(one.letters) for one in looked))
    hidden = sum(one.hidden for one in looked)
    more = " (there are more)" if any(one.more for one in looked) else ""
    return f"{text}{more}" + (f", {hidden} held by another reader" if hidden else "")
