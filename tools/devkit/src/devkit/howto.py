"""How-to pages that tests and checks follow.

A comment above a fence says what to do with it: `new=PATH`, or `add-to=PATH`, at the end, under the line that `below=LINE` gives, or
`instead-of=LINE`.
"""

from __future__ import annotations

import re
from pathlib import Path

FENCE = re.compile(r"^<!-- (?P<order>.*?) -->\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ORDER = re.compile(r"(?P<verb>add-to|new)=(?P<path>\S+)(?: (?P<how>below|instead-of)=(?P<line>.+))?")


def apply_all(page: Path, root: Path) -> None:
    """Does what the page says in a copy of the repository; what belongs into folders that are not there is left out."""
    for fence in FENCE.finditer(page.read_text()):
        told = ORDER.fullmatch(fence["order"])
        assert told is not None, f"a fence without an order: {fence['order']!r}"
        path = root / told["path"]
        if not path.parent.exists():
            continue
        if told["verb"] == "new":
            assert not path.exists(), f"{path} is not new"
            path.write_text(fence["text"])
        else:
            before = path.read_text() if path.exists() else ""
            path.write_text(_added(before, fence["text"], told["how"], told["line"]))


def _added(before: str, text: str, how: str | None, line: str | None) -> str:
    if line is None:
        return f"{before}\n\n{text}"
    lines = before.splitlines(keepends=True)
    (place,) = [number for number, one in enumerate(lines) if one.strip() == line]
    return "".join([*lines[: place + (how == "below")], text, *lines[place + 1 :]])
