"""A dialogue that asks before something is changed; the default answer is no."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button

from jobctl.watch.safe_static import SafeStatic


class ConfirmScreen(ModalScreen[bool]):
    """Returns True for `y` or the yes button, False for `n`, Escape or the no button, which has the focus."""

    CSS = """
    ConfirmScreen { align: center middle; }
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
        """The question, its consequence, and the two buttons."""
        with Vertical(id="dialogue"):
            yield SafeStatic(self._question, id="question")
            yield SafeStatic(self._consequence, id="consequence")
            with Horizontal():
                yield Button("No (n)", id="no")
                yield Button(f"{self._yes} (y)", id="yes", variant="warning")

    def on_mount(self) -> None:
        """Sets the focus on no, so that Enter alone changes nothing."""
        self.query_one("#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answers by button."""
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answers by key."""
        self.dismiss(yes)
