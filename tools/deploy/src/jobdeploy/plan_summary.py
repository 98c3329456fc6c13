"""Summary of a plan: each change by its address, and the number of changes of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from jobdeploy.plan import Change

MAX_LINES = 30
"""More new resources than this are counted by their module: a first apply makes some hundred."""
_SIGNS = {
    ("create",): "+",
    ("update",): "~",
    ("delete",): "-",
    ("delete", "create"): "-/+",
    ("create", "delete"): "+/-",
    ("forget",): "o",
}
_WORDS = {
    "+": "to make",
    "~": "to change",
    "-": "to delete",
    "-/+": "to replace",
    "+/-": "to replace",
    "o": "to forget",
}


def summary(planned: Sequence[Change]) -> list[str]:
    """Lines of the summary: what is lost first, what is made last."""
    signed = [(_SIGNS.get(one.actions, "/".join(one.actions)), one) for one in planned]
    made = [one for sign, one in signed if sign == "+"]
    others = sorted((sign != "-", sign, one.address, one) for sign, one in signed if sign != "+")
    lines = [f"  {sign} {one.address}{_differing(one)}" for _, sign, _, one in others]
    if len(made) > MAX_LINES:
        modules = Counter(_module(one.address) for one in made)
        lines += [f"  + {module}: {count}" for module, count in sorted(modules.items())]
    else:
        lines += [f"  + {address}" for address in sorted(one.address for one in made)]
    return [*lines, totals(planned)]


def totals(planned: Iterable[Change]) -> str:
    """One line: how many of each kind."""
    counted = Counter(_WORDS.get(_SIGNS.get(one.actions, ""), "/".join(one.actions)) for one in planned)
    return f"{', '.join(f'{count} {word}' for word, count in sorted(counted.items()))}." if counted else "No changes."


def _differing(one: Change) -> str:
    return f" ({', '.join(one.attributes)})" if one.attributes and one.actions != ("delete",) else ""


def _module(address: str) -> str:
    parts = address.split(".")
    return ".".join(parts[:2]) if parts[0] == "module" else "the root"
