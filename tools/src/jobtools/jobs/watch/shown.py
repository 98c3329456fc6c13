"""The one widget of the live view that shows text. Layer: tools, the view's thread.

Textual takes a text past its console, so `look.visible` is asked here; tables and groups go through the console that `WatchApp` gives it.
"""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual.visual import VisualType
from textual.widgets import Static

from jobtools.look.visible import visible


class Shown(Static):
    """A `Static` for strangers' text, never read as markup."""

    def __init__(self, content: VisualType = "", **options: Any) -> None:
        super().__init__(_shown(content), markup=False, **options)

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """See `Static.update`."""
        super().update(_shown(content), layout=layout)


def _shown(content: VisualType) -> VisualType:
    return visible(content) if isinstance(content, str | Text) else content
