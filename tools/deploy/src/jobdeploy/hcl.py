"""Blocks and attributes of a Terraform file, parsed from its text.

Just enough of HCL for the generated page and for tests: blocks, their labels, and each attribute's expression as it is written.
Expressions are never evaluated. Unknown syntax (here-documents) is an error, not a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_SPACE: Final = re.compile(r"(?:\s+|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_COMMENT: Final = re.compile(r"#[^\n]*|//[^\n]*|/\*.*?\*/", re.DOTALL)
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_OPEN: Final = "([{"
_CLOSE: Final = ")]}"


class HclError(ValueError):
    """The text is not what this reader knows; the message has the line's number."""


@dataclass(frozen=True)
class Block:
    """`kind "label" { attributes, blocks }`; the file itself is a block without a kind."""

    kind: str = ""
    labels: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    """Each expression as written, without comments."""
    blocks: list[Block] = field(default_factory=list)

    def all(self, kind: str) -> list[Block]:
        """The blocks of this kind directly inside, in their order."""
        return [block for block in self.blocks if block.kind == kind]


def parse(text: str) -> Block:
    """The whole file. Raises HclError."""
    root = Block()
    end = _body(text, 0, root)
    if end != len(text):
        raise _error(text, end, "a closing brace too many")
    return root


def local(file: Block, name: str) -> str:
    """A local's expression. Raises HclError where the file has none of this name."""
    for block in file.all("locals"):
        if name in block.attributes:
            return block.attributes[name]
    raise HclError(f"no local.{name}")


def attributes(expression: str) -> dict[str, str]:
    """The attributes of an object, `{ name = expression ... }`. Raises HclError for anything else."""
    if not (expression.startswith("{") and expression.endswith("}")):
        raise HclError(f"not an object: {expression}")
    return parse(expression[1:-1]).attributes


def strings(expression: str) -> list[str]:
    """The plain strings of a list. Raises HclError for anything else."""
    if not (expression.startswith("[") and expression.endswith("]")):
        raise HclError(f"not a list: {expression}")
    return [string(item.strip()) for item in expression[1:-1].split(",") if item.strip()]


def string(expression: str, value: str | None = None) -> str:
    """What a quoted expression says; interpolations are left as they are, or become `value`. Raises HclError for anything else."""
    if not expression.startswith('"') or _string_end(expression, 0) != len(expression):
        raise HclError(f"not a plain string: {expression}")
    said, at = "", 1
    while at < len(expression) - 1:
        begin = at
        if expression[at] == "\\":
            at += 2
            said += "\n" if expression[at - 1] == "n" else expression[at - 1]
        elif _interpolates(expression, at):
            at = _interpolation_end(expression, at + 2)
            said += expression[begin:at] if value is None else value
        else:
            at += 1
            said += expression[begin]
    return said


def _body(text: str, at: int, into: Block) -> int:
    """Reads attributes and blocks up to the closing brace, or to the end of the text; returns where that is."""
    while True:
        at = _skip(text, at)
        if at == len(text) or text[at] == "}":
            return at
        if text[at] == '"':  # an object's key
            end = _string_end(text, at)
            word, at = text[at + 1 : end - 1], _skip(text, end)
        elif found := _WORD.match(text, at):
            word, at = found[0], _skip(text, found.end())
        else:
            raise _error(text, at, "neither an attribute nor a block")
        if text[at : at + 1] == "=":
            start = _skip(text, at + 1)
            at = _expression_end(text, start)
            into.attributes[word] = _without_comments(text[start:at])
            continue
        labels = []
        while text[at : at + 1] == '"':
            end = _string_end(text, at)
            labels.append(text[at + 1 : end - 1])
            at = _skip(text, end)
        if text[at : at + 1] != "{":
            raise _error(text, at, f"{word}: a brace is missing")
        block = Block(word, tuple(labels))
        at = _body(text, at + 1, block)
        if at == len(text):
            raise _error(text, at, f"{word}: no closing brace")
        into.blocks.append(block)
        at += 1


def _expression_end(text: str, at: int) -> int:
    """Where an expression ends: at the end of its line, or at a brace that it did not open."""
    depth = 0
    while at < len(text):
        if text[at] == '"':
            at = _string_end(text, at)
            continue
        if comment := _COMMENT.match(text, at):
            if depth == 0 and not comment[0].startswith("/*"):
                return at
            at = comment.end()
            continue
        if text.startswith("<<", at):
            raise _error(text, at, "here-documents are not known")
        depth += (text[at] in _OPEN) - (text[at] in _CLOSE)
        if depth < 0 or (depth == 0 and text[at] == "\n"):
            return at
        at += 1
    if depth:
        raise _error(text, at, "a bracket is not closed")
    return at


def _string_end(text: str, at: int) -> int:
    """The place after the string that begins here; strings inside its interpolations belong to it."""
    begin = at
    at += 1
    while at < len(text) and text[at] != '"':
        if text[at] == "\\":
            at += 2
        elif _interpolates(text, at):
            at = _interpolation_end(text, at + 2)
        else:
            at += 1
    if at >= len(text):
        raise _error(text, begin, "a string does not end")
    return at + 1


def _interpolates(text: str, at: int) -> bool:
    """`${` or `%{`, unless doubled."""
    return text.startswith(("${", "%{"), at) and text[at - 1] not in "$%"


def _interpolation_end(text: str, at: int) -> int:
    depth = 1
    while at < len(text) and depth:
        if text[at] == '"':
            at = _string_end(text, at)
            continue
        depth += (text[at] == "{") - (text[at] == "}")
        at += 1
    return at


def _without_comments(expression: str) -> str:
    parts, at, begin = [], 0, 0
    while at < len(expression):
        if expression[at] == '"':
            at = _string_end(expression, at)
        elif comment := _COMMENT.match(expression, at):
            parts.append(expression[begin:at])
            begin = at = comment.end()
        else:
            at += 1
    return "".join([*parts, expression[begin:]]).strip()


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _error(text: str, at: int, problem: str) -> HclError:
    return HclError(f"line {text.count(chr(10), 0, at) + 1}: {problem}")
