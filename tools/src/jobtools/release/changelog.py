"""How does a section get into a changelog that people edit too? Pure: text in, text out; what is there stays as it is.

What somebody wrote under `## Unreleased` becomes the beginning of the next section.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

NEW = "# Changelog\n\nThis package has its own version; see `pyproject.toml`.\n"
"""What a package without a changelog begins with."""
_HEADING = re.compile(r"^## ", re.MULTILINE)
_UNRELEASED = re.compile(r"^## \[?unreleased\]?[ \t]*$", re.MULTILINE | re.IGNORECASE)
_SPECIAL = re.compile(r"([\\`*_\[\]<>])")


class AlreadyTold(Exception):  # noqa: N818 (says what is wrong)
    """The changelog has a section of this version."""


def body(groups: Mapping[str, Sequence[str]]) -> str:
    """A section without its heading: each group's title and its lines."""
    return "\n\n".join(f"### {group}\n\n" + "\n".join(f"- {line}" for line in lines) for group, lines in groups.items())


def plain(subject: str) -> str:
    """A commit's subject so that Markdown shows it as it is; what stands in backquotes stays code."""
    parts = subject.split("`")
    if len(parts) % 2 == 0:
        return _SPECIAL.sub(r"\\\1", subject)
    return "`".join(part if at % 2 else _SPECIAL.sub(r"\\\1", part) for at, part in enumerate(parts))


def with_section(text: str | None, version: str, date: str, said: str) -> str:
    """The changelog with a new section above the others.

    Raises:
        AlreadyTold: it has one of this version.
    """
    text = (text or NEW).rstrip("\n") + "\n"
    if re.search(rf"^## \[?{re.escape(version)}\]?(?=\s|$)", text, re.MULTILINE):
        raise AlreadyTold(f"the changelog already has a section {version}")
    text, by_hand = _without_unreleased(text)
    added = "\n\n".join(part for part in (f"## {version} ({date})", by_hand, said) if part) + "\n"
    first = _HEADING.search(text)
    if first is None:
        return text.rstrip("\n") + f"\n\n{added}"
    return f"{text[: first.start()]}{added}\n{text[first.start() :]}"


def section(text: str, version: str) -> str:
    """What the changelog says of a version, without the heading; empty where it says nothing."""
    heading = re.search(rf"^## \[?{re.escape(version)}\]?(?=\s|$).*$", text, re.MULTILINE)
    if heading is None:
        return ""
    following = _HEADING.search(text, heading.end())
    return text[heading.end() : following.start() if following else len(text)].strip()


def _without_unreleased(text: str) -> tuple[str, str]:
    heading = _UNRELEASED.search(text)
    if heading is None:
        return text, ""
    following = _HEADING.search(text, heading.end())
    end = following.start() if following else len(text)
    return text[: heading.start()].rstrip("\n") + "\n\n" + text[end:], text[heading.end() : end].strip()
