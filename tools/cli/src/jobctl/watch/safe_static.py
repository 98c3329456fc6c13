"""The widget of the live view that shows text.

Textual does not render text through its console, so `views.visible` is called here; tables and groups are rendered by the console of `WatchApp`.
"""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual.visual import VisualType
from textual.widgets import Static

from jobctl.views.visible import visible


class SafeStatic(Static):
    """A `Static` for text from outside, never parsed as markup."""

    def __init__(self, content: VisualType = "", **options: Any) -> None:
        super().__init__(_shown(content), markup=False, **options)

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """See `Static.update`."""
        super().update(_shown(content), layout=layout)


def _shown(content: VisualType) -> VisualType:
    return visible(content) if isinstance(content, str | Text) else content
