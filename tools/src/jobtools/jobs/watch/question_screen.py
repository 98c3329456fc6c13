"""How does the live view ask before it changes something? Layer: tools, the view's thread: a dialogue that says no unless somebody says yes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button

from jobtools.jobs.watch.shown import Shown


class QuestionScreen(ModalScreen[bool]):
    """Gives True for `y` or the button, False for `n`, Escape or the other one, which has the focus."""

    CSS = """
    QuestionScreen { align: center middle; }
    #dialogue { width: 76; max-width: 96%; height: auto; max-height: 90%; border: heavy $warning; background: $surface; padding: 1 2; }
    #consequence { margin-top: 1; color: $text-muted; }
    #dialogue Horizontal { height: auto; margin-top: 1; }
    #dialogue Button { margin-right: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
        Binding("left,right", "app.focus_next", show=False),
    ]

    def __init__(self, question: str, consequence: str, yes: str) -> None:
        super().__init__()
        self._question = question
        self._consequence = consequence
        self._yes = yes

    def compose(self) -> ComposeResult:
        """The question first, then what follows from a yes."""
        with Vertical(id="dialogue"):
            yield Shown(self._question, id="question")
            yield Shown(self._consequence, id="consequence")
            with Horizontal():
                yield Button("No (n)", id="no")
                yield Button(f"{self._yes} (y)", id="yes", variant="warning")

    def on_mount(self) -> None:
        """Enter alone changes nothing."""
        self.query_one("#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """One of the two."""
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """A key."""
        self.dismiss(yes)
