"""Terraform files as dictionaries, by python-hcl2; expressions are not evaluated: they stay text, `${...}`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hcl2
from lark.exceptions import LarkError

_OPTIONS = hcl2.SerializationOptions(with_comments=False, explicit_blocks=False, strip_string_quotes=True)


def read_file(file: Path) -> dict[str, Any]:
    """Attributes and blocks of one file. Raises ValueError, with the file and the line, where it is no HCL."""
    try:
        return hcl2.loads(file.read_text(encoding="utf-8"), serialization_options=_OPTIONS)
    except LarkError as error:
        line = getattr(error, "line", "?")
        raise ValueError(f"{file}, line {line}: not valid Terraform. `terraform fmt` says what is wrong.") from error


def read_local(file: Mapping[str, Any], name: str) -> Any:
    """The value of a local. Raises KeyError where the file has none of this name."""
    for block in file.get("locals", ()):
        if name in block:
            return block[name]
    raise KeyError(f"no local.{name}")


def variables(file: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The declared variables by name, in their order."""
    return {name: variable for block in file.get("variable", ()) for name, variable in block.items()}
