"""Questions on the terminal.

Without a terminal nobody is asked and NotAllowedError is raised; in CI `--yes` or `--confirm NAME` answers beforehand.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection

from jobctl.errors import NotAllowedError
from jobctl.views.visible import visible

_AGREED = ("y", "yes")


def ask_on_terminal(question: str) -> str | None:
    """The answer; None where stdin or stdout is no terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    try:
        return input(visible(question))
    except EOFError:
        return ""


class Prompt:
    """The person who runs the command. `yes`: agreed to every question beforehand. `confirmed`: names that were typed beforehand."""

    def __init__(
        self, *, yes: bool, confirmed: Collection[str] = (), ask: Callable[[str], str | None] = ask_on_terminal
    ) -> None:
        self.yes = yes
        self._confirmed = confirmed
        self._ask = ask

    def agree(self, question: str) -> None:
        """Ask a question with yes or no.

        Raises:
            NotAllowedError: no, or nobody can be asked.
        """
        if self.yes:
            return
        answer = self._ask(f"{question} [y/N] ")
        if answer is None:
            raise NotAllowedError("Cannot ask: stdin is not a terminal.", "add --yes to agree beforehand")
        if answer.strip().lower() not in _AGREED:
            raise NotAllowedError("Not agreed; nothing was changed since the question.", "run it again to go on")

    def type_name(self, name: str, question: str, *, yes_is_enough: bool) -> None:
        """Ask for a name to confirm: typed now, or as `--confirm NAME`; `--yes` only where that is enough.

        Raises:
            NotAllowedError: another name, or nobody can be asked.
        """
        if name in self._confirmed or (yes_is_enough and self.yes):
            return
        answer = self._ask(f"{question} Type {name} to go on: ")
        if answer is None:
            raise NotAllowedError(f"{name} is not confirmed.", f"add --confirm {name}")
        if answer.strip() != name:
            raise NotAllowedError(f"That is not {name}; nothing was changed.", "run it again to go on")
