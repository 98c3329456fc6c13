"""The screen of dead letters: their groups, and redriving them.

Reading and redriving are those of `jobs.repair`, in threads of their own. A look receives all letters once and makes them visible again, which adds
one to their receive count, so it is made only when the screen is opened or a person asks for it, never periodically.
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

from jobctl.dead_letters.dead_queue import DeadQueue
from jobctl.dead_letters.letter_queues import Looked, look, queues_of
from jobctl.dead_letters.order import file_name
from jobctl.dead_letters.selection import Selection
from jobctl.dead_letters.views import question
from jobctl.queries.dead_letter_groups import Found, Group, error_shape, groups
from jobctl.queries.times import clock_time, day_time, offset_at
from jobctl.views.dead_letter_view import group_cells, group_columns, letters_counted
from jobctl.watch.question_screen import QuestionScreen
from jobctl.watch.reading import Broke, Failed, Got, Reading
from jobctl.watch.redrive import Ended, Moved, Redrive
from jobctl.watch.shown import Shown
from jobctl.watch.views import trouble_view

if TYPE_CHECKING:
    from jobctl.call import Call
    from jobctl.watch.app import WatchApp


MIN_WHY, BESIDE_WHY = 22, 62
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
        Binding("space", "look", "Look again"),
        Binding("escape,backspace", "app.pop_screen", "Back", key_display="esc"),
    ]

    def __init__(self, call: Call) -> None:
        super().__init__()
        self._call = call
        self._groups: list[Group] = []
        self.looked: list[Looked] | None = None
        self._reading = Reading(
            lambda: [look(queue, Selection(everything=True)) for queue in self._queues()],
            self.post_message,
            every_seconds=None,
            stack=call.session.stack.name,
        )

    def compose(self) -> ComposeResult:
        """The current activity, the groups, the result of the last redrive."""
        yield Shown("dead letters", id="dead-title", classes="title")
        yield Shown("looking ...", id="dead-said")
        yield LettersTable(id="letters", cursor_type="row", zebra_stripes=True)
        yield Shown(id="dead-result")
        yield Footer()

    def on_mount(self) -> None:
        """Starts the first look."""
        self.query_one(LettersTable).focus()
        self._reading.start()

    def on_unmount(self) -> None:
        """Stops the reading thread."""
        self._reading.stop()

    def on_got(self, message: Got) -> None:
        """Shows the result of a look."""
        self.looked = message.value
        now_ms = time.time() * 1000
        zone = offset_at(now_ms)
        self._groups = [group for one in message.value for group in groups(one.letters)]
        table = self.query_one(LettersTable)
        table.clear(columns=True)
        table.add_column("count")
        table.add_column("why", width=max(MIN_WHY, self.size.width - BESIDE_WHY))
        table.add_columns("queue and job type", str(group_columns(zone)[-1]))
        for number, group in enumerate(self._groups):
            reason, count, job_type, error, oldest = group_cells(group, day_time)
            queue = Text(self._short(group.queue))
            cells = count, Text("\n").join([reason, error]), Text("\n").join([queue, job_type]), oldest
            table.add_row(*cells, height=2, key=str(number))
        self._say(
            f"{_counted(message.value)}, looked at {clock_time(now_ms)} {zone}; a look adds one to each receive count"
        )

    def on_failed(self, message: Failed) -> None:
        """Shows the error; the previous result stays."""
        self.query_one("#dead-said", Shown).update(trouble_view([message.trouble], "Space looks again."))

    def on_broke(self, message: Broke) -> None:
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
        self._say("looking ...")
        self._reading.now()

    def action_redrive(self, everything: bool) -> None:
        """Asks for consent, with the counts; then sends back the letters of the last look, and none that arrived since."""
        meant = self._meant(everything)
        letters = [letter for one in meant for letter in one.letters]
        if not letters or self.app.redrive_runs:
            return
        path = Path(file_name(self._call.session.stack.name, "redrive")).resolve()
        consequence = (
            "They go back to the queues they came from, with their ids, and are tried again.\n"
            f"A copy of each is written first, to {path}"
        )

        def answered(yes: bool | None) -> None:
            if yes:
                self._say(f"redriving {letters_counted(len(letters))} ...")
                self.app.start_redrive(Redrive(meant, path, self.post_message, self._call.session.stack.name))

        self.app.push_screen(QuestionScreen(question("redrive", letters), consequence, "Send back"), answered)

    def on_moved(self, message: Moved) -> None:
        """Shows the progress."""
        self._say(f"redriving: {message.done} of {message.of}")

    def on_ended(self, message: Ended) -> None:
        """Shows the result and clears the table; the person decides when to look again."""
        self.query_one("#dead-result", Shown).update(message.view)
        self.query_one(LettersTable).clear()
        self._groups, self.looked = [], None
        self._say("redriven; space looks again")

    def _meant(self, everything: bool) -> list[Looked]:
        looked = self.looked or []
        if everything or not self._groups:
            return [one for one in looked if one.letters]
        wanted = self._groups[self.query_one(LettersTable).cursor_row]
        chosen = [replace(one, letters=[letter for letter in one.letters if _is_in(letter, wanted)]) for one in looked]
        return [one for one in chosen if one.letters]

    def _short(self, queue: str) -> str:
        return queue.removeprefix(f"{self._call.session.stack.name}-")

    def _queues(self) -> list[DeadQueue]:
        session = self._call.session
        return queues_of(session.stack, session.client("sqs"))

    def _say(self, text: str) -> None:
        self.query_one("#dead-said", Shown).update(Text(text))


def _is_in(letter: Found, group: Group) -> bool:
    same = (letter.queue, letter.reason, letter.job_type) == (group.queue, group.reason, group.job_type)
    return same and error_shape(letter.error) == group.error


def _counted(looked: Sequence[Looked]) -> str:
    said = letters_counted(sum(len(one.letters) for one in looked))
    hidden = sum(one.hidden for one in looked)
    more = " (there are more)" if any(one.more for one in looked) else ""
    return f"{said}{more}" + (f", {hidden} in somebody's hands" if hidden else "")
