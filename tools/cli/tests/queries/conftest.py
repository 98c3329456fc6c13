"""The fixture that renders a view in 80 columns without colour."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rich.console import Console, RenderableType


@pytest.fixture
def shown() -> Callable[[RenderableType], str]:
    """Returns the text of a view, without trailing blanks."""

    def show(view: RenderableType) -> str:
        console = Console(width=80, no_color=True, force_terminal=False, highlight=False)
        with console.capture() as capture:
            console.print(view)
        return "\n".join(line.rstrip() for line in capture.get().splitlines())

    return show
