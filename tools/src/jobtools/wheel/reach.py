"""Modules that a program imports, now or later, read from the sources; none is run.

Counted is every import statement outside `if TYPE_CHECKING`, those inside functions too. What a program imports by a computed name is not seen:
name it as a root.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

NEWER = frozenset({"annotationlib"})
"""Of the standard library of a Python that is newer than the oldest one we run on: 3.14."""


@dataclass(frozen=True)
class Reached:
    """`modules`: the file of each module of ours. `foreign`: names that are imported from elsewhere, each with one of the modules that do so."""

    modules: Mapping[str, Path]
    foreign: Mapping[str, str]


def reach(roots: Iterable[str], sources: Mapping[str, Path]) -> Reached:
    """The roots and all that they import. A package that is a root stands for all of its modules.

    `sources`: the folder in which each package of ours lies, by the package's name.

    Raises:
        SyntaxError: a file is no Python.
    """
    modules: dict[str, Path] = {}
    foreign: dict[str, str] = {}
    left = [name for root in roots for name in (root, *_below(root, sources))]
    while left:
        name = left.pop()
        file = _file(name, sources)
        if name in modules or file is None:  # None: a name in a module, not a module
            continue
        modules[name] = file
        left += _parents(name)
        for found in _imports(ast.parse(file.read_text(encoding="utf-8"))):
            top = found.partition(".")[0]
            if top in sources:
                left += [found, *_parents(found)]
            elif top not in sys.stdlib_module_names | NEWER:
                foreign.setdefault(top, name)
    return Reached(modules, foreign)


def _below(package: str, sources: Mapping[str, Path]) -> Iterator[str]:
    source = sources[package.partition(".")[0]]
    for file in sorted((source / Path(*package.split("."))).rglob("*.py")):
        parts: Sequence[str] = file.relative_to(source).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def _file(name: str, sources: Mapping[str, Path]) -> Path | None:
    path = sources[name.partition(".")[0]] / Path(*name.split("."))
    candidates = (path / "__init__.py", path.with_name(f"{path.name}.py"))
    return next((one for one in candidates if one.is_file()), None)


def _imports(tree: ast.AST) -> Iterator[str]:
    """Names of modules, and of what is imported from them, which may be modules too. Ours are all absolute."""
    if isinstance(tree, ast.Import):
        yield from (one.name for one in tree.names)
    elif isinstance(tree, ast.ImportFrom) and tree.module:
        yield tree.module
        yield from (f"{tree.module}.{one.name}" for one in tree.names)
    elif isinstance(tree, ast.If) and _for_types_only(tree.test):
        for otherwise in tree.orelse:
            yield from _imports(otherwise)
        return
    for below in ast.iter_child_nodes(tree):
        yield from _imports(below)


def _for_types_only(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"
