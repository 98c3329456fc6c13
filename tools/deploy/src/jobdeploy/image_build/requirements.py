"""Requirements that a service has and its base does not.

The text is what `uv export` writes: one requirement from the beginning of a line, its hashes on the indented lines below.
"""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z0-9._-]+")


class Conflict(Exception):  # noqa: N818 (says what is wrong)
    """A service needs another version of a package than the base holds. The text names both."""


def difference(service: str, base: str) -> str:
    """The requirements of the service without those that the base has in the very same words: version, marker and hashes.

    Raises:
        Conflict: a package that the base has too, in other versions only.
    """
    there = set(_blocks(base))
    versions: dict[str, set[str]] = {}
    for block in there:
        versions.setdefault(_name(block), set()).add(_pin(block))
    more = [block for block in _blocks(service) if block not in there]
    for block in more:
        if _pin(block) not in versions.get(_name(block), {_pin(block)}):
            raise Conflict(f"the service needs {_pin(block)}, but its base has {', '.join(versions[_name(block)])}")
    return "".join(more)


def _blocks(text: str) -> list[str]:
    found: list[str] = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace():
            found[-1] += f"{line}\n"
        else:
            found.append(f"{line}\n")
    return found


def _name(block: str) -> str:
    name = _NAME.match(block)
    if name is None:
        raise ValueError(f"this is no requirement: {block.splitlines()[0]!r}")
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def _pin(block: str) -> str:
    """`name==version`, or `name @ url`: what stands before the marker and the hashes."""
    return re.split(r"\s*[;\\\n]", block, maxsplit=1)[0].strip()
